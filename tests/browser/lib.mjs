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
	page.on("request", (r) => {
		const u = new URL(r.url());
		if (!["127.0.0.1", "localhost"].includes(u.hostname) && u.protocol !== "data:" && u.protocol !== "blob:") page.strangers.push(r.url());
	});
	return page;
}

export async function shot(page, name, fullPage = false) {
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
}
