// One catalogue for every text (i18n/*.json); the build cuts it into a file per language.
import { lang, type Lang } from "./format";

type Catalogue = Record<string, string>;
let words: Catalogue = {};

export async function loadLanguage(l: Lang): Promise<void> {
	const mod: { default: Catalogue } =
		l === "en" ? await import("lang:en") : await import("lang:vi");
	words = mod.default;
	lang.value = l;
	document.documentElement.lang = l;
}

export async function switchLanguage(l: Lang): Promise<void> {
	localStorage.setItem("lw.lang", l);
	await loadLanguage(l);
}

/** The text of `key` with {name} places filled. A missing key shows itself: a test finds it. */
export function t(key: string, values?: Record<string, string | number>): string {
	void lang.value; // re-render when the language changes
	const text = words[key] ?? key;
	if (!values) return text;
	return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** As t(), but `otherwise` where the catalogue has no such key: codes that newer collectors send. */
export function tOr(key: string, otherwise: string, values?: Record<string, string | number>): string {
	void lang.value;
	return key in words ? t(key, values) : otherwise;
}
