// lib.mjs - Debian's Chromium for the tests: start, pages of two sizes, screenshots.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const SHOTS = process.env.LW_SHOTS ?? join(here, "shots");
export const SIZES = { wall: { width: 1920, height: 1080 }, phone: { width: 390, height: 844 } };

export function launch() {
	return chromium.launch({
		executablePath: process.env.LW_CHROMIUM ?? "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
	});
}

/** A page in its own context; what it logs as an error, and what it asks of other hosts, is kept. */
export async function open(browser, { size = "wall", lang = "vi", theme = null, worker = false } = {}) {
	const context = await browser.newContext({
		viewport: SIZES[size],
		deviceScaleFactor: size === "phone" ? 2 : 1,
		hasTouch: size === "phone",
		serviceWorkers: worker ? "allow" : "block",
		colorScheme: "light",
	});
	await context.addInitScript(
		([l, t]) => {
			if (!localStorage.getItem("lw.lang")) localStorage.setItem("lw.lang", l);
			if (t) localStorage.setItem("lw.theme", t);
		},
		[lang, theme],
	);
	const page = await context.newPage();
	page.problems = [];
	page.strangers = [];
	page.on("console", (m) => m.type() === "error" && page.problems.push(m.text()));
	page.on("response", (r) => r.status() >= 400 && page.problems.push(`${r.status()} ${r.url()}`));
	page.on("pageerror", (e) => page.problems.push(String(e)));
	page.pending = new Set();
	page.on("request", (r) => r.resourceType() !== "eventsource" && page.pending.add(r));
	for (const end of ["requestfinished", "requestfailed"]) page.on(end, (r) => page.pending.delete(r));
	page.on("request", (r) => {
		const u = new URL(r.url());
		if (!["127.0.0.1", "localhost"].includes(u.hostname) && u.protocol !== "data:" && u.protocol !== "blob:") page.strangers.push(r.url());
	});
	return page;
}

/** Every answer has come and has been drawn. */
export async function settled(page, ms = 10000) {
	const end = Date.now() + ms;
	for (let quiet = 0; quiet < 2; quiet = page.pending.size ? 0 : quiet + 1) {
		if (Date.now() > end) throw new Error(`still asked for: ${[...page.pending].map((r) => r.url()).join(" ")}`);
		await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20))));
	}
}

/** The page in the other language, as somebody changes it; returns the language it has then. */
export async function otherLanguage(page) {
	const now = await page.evaluate(() => document.documentElement.lang);
	const next = now === "vi" ? "en" : "vi";
	await page.click(`.tool[lang=${next}]`);
	await page.waitForFunction((l) => document.documentElement.lang === l, next);
	await settled(page);
	return next;
}

export async function shot(page, name, fullPage = false) {
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
}
