// The way to everything else, kept quiet at the foot of the wall.
import { switchLanguage, t } from "../lib/i18n";
import { lang } from "../lib/format";
import { signOut } from "../lib/leave";
import { session } from "../lib/api";
import { helpOpen, searchOpen } from "../lib/keys";
import { soundReady, startSound } from "../lib/sound";
import { nextTheme, theme } from "../lib/theme";
import { NAV } from "./nav";

export function Tools() {
	return (
		<div class="tools">
			<button class="tool" onClick={() => (searchOpen.value = true)}>
				{t("nav.search")} <kbd aria-hidden="true">/</kbd>
			</button>
			<button class="tool" lang={lang.value === "vi" ? "en" : "vi"} onClick={() => switchLanguage(lang.value === "vi" ? "en" : "vi")}>
				{lang.value === "vi" ? "English" : "Tiếng Việt"}
			</button>
			<button class="tool theme" onClick={nextTheme}>
				{t(`theme.${theme.value}`)}
			</button>
			<button class="tool help" onClick={() => (helpOpen.value = true)} aria-label={t("help.title")}>
				?
			</button>
			{session.value?.user ? (
				<button class="tool" onClick={signOut}>
					{session.value.user} · {t("signin.out")}
				</button>
			) : (
				<a class="tool" href="/signin">
					{t("signin.title")}
				</a>
			)}
		</div>
	);
}

export function Footer() {
	return (
		<footer class="foot">
			<nav aria-label={t("nav.label")}>
				{NAV.slice(1).map(([href, key]) => (
					<a key={href} href={href}>
						{t(key)}
					</a>
				))}
			</nav>
			{!soundReady.value && (
				<button class="tool" onClick={startSound}>
					{t("sound.on")}
				</button>
			)}
			<Tools />
		</footer>
	);
}
