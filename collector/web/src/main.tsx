// The page starts: language, then the frame, then the live state; pages come as files of their own.
import { effect } from "@preact/signals";
import { render, type ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { toast } from "./lib/acts";
import { session, signedOut } from "./lib/api";
import { clockSeconds, lang, span, type Lang } from "./lib/format";
import { loadLanguage, t } from "./lib/i18n";
import { startKeys } from "./lib/keys";
import { blind, heardAt, now, startLive, status } from "./lib/live";
import { go, path, startRouter } from "./lib/router";
import { announcement, startSounds } from "./lib/sound";
import { applyTheme } from "./lib/theme";
import { Dialogs } from "./ui/dialogs";
import { Tools } from "./ui/footer";
import { NAV } from "./ui/nav";

type Page = ComponentType<{ id: string }>;
type Row = [RegExp, () => Promise<{ default: Page }>];

const PAGES: Row[] = [
	[/^\/$/, () => import("./pages/wall")],
	[/^\/i\/(\d+)$/, () => import("./pages/incident")],
	[/^\/incidents$/, () => import("./pages/incidents")],
	[/^\/centre\/([^/]+)$/, () => import("./pages/centre")],
	[/^\/seat\/(.+)$/, () => import("./pages/seat")],
	[/^\/device\/(.+)$/, () => import("./pages/device")],
	[/^\/uptime$/, () => import("./pages/uptime")],
	[/^\/report(?:\/(\d{4}-\d{2}))?$/, () => import("./pages/report")],
	[/^\/maintenance$/, () => import("./pages/maintenance")],
	[/^\/quality$/, () => import("./pages/quality")],
	[/^\/oncall$/, () => import("./pages/oncall")],
	[/^\/setup$/, () => import("./pages/setup")],
	[/^\/signin$/, () => import("./pages/signin")],
];

/** A file of this page is gone: the collector was upgraded, or there is no network. */
function pageMissing(): void {
	const last = Number(sessionStorage.getItem("lw.renewed") ?? 0);
	if (blind.value || Date.now() - last < 60e3) return;
	sessionStorage.setItem("lw.renewed", String(Date.now()));
	location.reload();
}

function usePage(at: string): { Page: Page | null; id: string; missing: boolean } {
	const [shown, set] = useState<{ Page: Page | null; id: string; missing: boolean }>({ Page: null, id: "", missing: false });
	useEffect(() => {
		for (const [test, load] of PAGES) {
			const m = test.exec(at);
			if (!m) continue;
			const id = decodeURIComponent(m[1] ?? "");
			load().then(
				(mod) => path.value === at && set({ Page: mod.default, id, missing: false }),
				pageMissing,
			);
			return;
		}
		set({ Page: null, id: "", missing: true });
	}, [at]);
	return shown;
}

function Blind() {
	if (!blind.value || signedOut.value) return null;
	void now.value; // the span grows
	return (
		<div class="blind" role="alert">
			<span>{t("blind.title")}</span>
			<span class="since">
				{heardAt.value
					? t("blind.since", {
							time: clockSeconds(heardAt.value),
							span: span((Date.now() - heardAt.value) / 1000),
						})
					: t("blind.never")}
			</span>
		</div>
	);
}

/** The collector is there, but what feeds it is not: what is shown may be old. */
function Deaf() {
	if (blind.value || !status.value || status.value.collector.broker_connected) return null;
	return (
		<div class="blind" role="alert">
			<span>{t("blind.broker")}</span>
		</div>
	);
}

function Bar() {
	const nav = useRef<HTMLElement>(null);
	useEffect(() => {
		const here = nav.current?.querySelector<HTMLElement>("[aria-current]"); // a phone's bar is wider than the phone
		if (here) nav.current!.scrollLeft = here.offsetLeft - (nav.current!.clientWidth - here.clientWidth) / 2;
	}, [path.value]);
	return (
		<header class={path.value.startsWith("/i/") ? "bar on-incident" : "bar"}>
			<a class="home" href="/">
				111
			</a>
			<nav ref={nav} aria-label={t("nav.label")}>
				{NAV.map(([href, key]) => (
					<a
						key={href}
						href={href}
						aria-current={(href === "/" ? path.value === "/" : path.value.startsWith(href)) ? "page" : undefined}
					>
						{t(key)}
					</a>
				))}
			</nav>
			<Tools />
		</header>
	);
}

function App() {
	const { Page, id, missing } = usePage(path.value);
	const bare = path.value === "/";
	useEffect(() => {
		if (signedOut.value && path.value !== "/signin")
			go(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`, true);
	}, [signedOut.value, path.value]);
	return (
		<div class={`frame${bare ? " on-wall" : ""}${blind.value ? " is-blind" : ""}`}>
			<a class="skip" href="#main">
				{t("nav.skip")}
			</a>
			<Blind />
			<Deaf />
			{!bare && <Bar />}
			{Page && <Page key={path.value} id={id} />}
			{missing && (
				<main class="page" id="main">
					<h1>{t("error.page")}</h1>
					<a href="/">{t("nav.wall")}</a>
				</main>
			)}
			<div class="sr" aria-live="assertive">
				{announcement.value}
			</div>
			<div aria-live="polite">{toast.value && <p class="toast">{toast.value}</p>}</div>
			<Dialogs />
		</div>
	);
}

async function start(): Promise<void> {
	const wanted = new URLSearchParams(location.search).get("lang");
	if (wanted === "vi" || wanted === "en") localStorage.setItem("lw.lang", wanted);
	const live = startLive();
	await loadLanguage((document.documentElement.lang as Lang) || lang.value);
	startRouter();
	startKeys();
	startSounds();
	effect(() => applyTheme(path.value === "/"));
	render(<App />, document.getElementById("app")!);
	await live;
	if ("serviceWorker" in navigator && isSecureContext && session.value)
		navigator.serviceWorker.register("/sw.js").catch(() => {});
}

start();
