// measure.mjs - what a first load costs: bytes on the wire, requests, time until `waits` is shown.
import { open } from "./lib.mjs";

/** Slow 3G as Chromium's tools mean it: 400 ms, 400 kbit/s each way. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 50 * 1024, uploadThroughput: 50 * 1024 };

export async function measure(browser, url, waits, { size = "wall", slow = false, lang = "vi" } = {}) {
	const page = await open(browser, { size, lang });
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("Network.enable");
	if (slow) await cdp.send("Network.emulateNetworkConditions", SLOW);
	const m = { url, bytes: 0, requests: 0, shown_ms: 0 };
	const streams = new Set();
	cdp.on("Network.requestWillBeSent", (e) => (e.type === "EventSource" ? streams.add(e.requestId) : m.requests++));
	cdp.on("Network.loadingFinished", (e) => (m.bytes += streams.has(e.requestId) ? 0 : e.encodedDataLength));
	const from = performance.now();
	await page.goto(url, { waitUntil: "commit" });
	await page.waitForSelector(waits);
	m.shown_ms = Math.round(performance.now() - from);
	await page.waitForTimeout(slow ? 2500 : 700);
	m.first_paint_ms = await page.evaluate(() => Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0));
	await page.context().close();
	return m;
}
