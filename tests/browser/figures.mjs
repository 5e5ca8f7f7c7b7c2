// figures.mjs [URL] - a table of what each page costs on a first load, from a made-up collector or
// from the one at URL; bench/web/run starts it.
import { Fixture } from "./fixture/server.mjs";
import { launch, open } from "./lib.mjs";
import { measure } from "./measure.mjs";

const browser = await launch();
const row = (name, m) => console.log(`| ${name} | ${(m.bytes / 1024).toFixed(0)} | ${m.requests} | ${m.first_paint_ms} | ${m.shown_ms} |`);
const from = async (options) => {
	const f = new Fixture({ calm: true, ...options });
	await f.listen();
	f.fault("cut", "danang");
	return f;
};

/** Milliseconds from the moment the collector sends a change until the wall has drawn it. */
async function onScreen(fixture) {
	const page = await open(browser);
	await page.goto(fixture.url);
	await page.waitForSelector(".tile");
	const took = [];
	for (let i = 0; i < 20; i++) {
		const [fault, look] = i % 2 ? ["restore", ".t-full"] : ["dark", ".t-dark"];
		const drawn = page.waitForFunction((s) => document.querySelector(`.tile[href="/centre/angiang"]${s}`) && Date.now(), look);
		await page.waitForTimeout(150);
		const from = Date.now();
		fixture.fault(fault, "angiang");
		took.push((await (await drawn).jsonValue()) - from);
	}
	await page.context().close();
	took.sort((a, b) => a - b);
	return `${took[10]} ms, ${took[19]} ms`;
}

/** Milliseconds from the collector's last word until the wall says that it is blind; the worst of 3. */
async function untilBlind(fixture) {
	const page = await open(browser);
	await page.goto(fixture.url);
	await page.waitForSelector(".pulse:not(.lost)");
	let worst = 0;
	for (let i = 0; i < 3; i++) {
		await page.waitForTimeout(1500);
		fixture.fault("hang");
		const from = Date.now();
		await page.waitForSelector(".blind");
		worst = Math.max(worst, Date.now() - from);
		fixture.fault("unhang");
		await page.waitForSelector(".blind", { state: "detached" });
	}
	await page.context().close();
	return `${worst} ms`;
}

console.log("| first load | KiB | requests | first paint, ms | useful, ms |\n|---|---|---|---|---|");
const given = process.argv[2];
const small = given ? { url: given } : await from({ devices: 400 });
row("wall, 500 devices", await measure(browser, `${small.url}/`, ".tile .ready"));
row("wall, slow 3G", await measure(browser, `${small.url}/`, ".tile .ready", { size: "phone", slow: true }));
if (!given) {
	row("incident", await measure(browser, `${small.url}/i/15`, ".do-now li", { size: "phone" }));
	row("incident, slow 3G", await measure(browser, `${small.url}/i/15`, ".do-now li", { size: "phone", slow: true }));
	row("device with charts", await measure(browser, `${small.url}/device/danang/ups-1`, ".plot canvas"));
	row("uptime, 90 days", await measure(browser, `${small.url}/uptime`, ".bar-day"));
	const many = await from({ sites: 63 });
	row("wall, 63 centres", await measure(browser, `${many.url}/`, ".tile .ready"));
	const huge = await from({ devices: 100000 });
	row("wall, 100,000 devices", await measure(browser, `${huge.url}/`, ".tile .ready"));
	row("month report, 100,000 devices", await measure(browser, `${huge.url}/report`, ".report .lead"));
	row("centre, 33,000 devices", await measure(browser, `${huge.url}/centre/danang`, ".device-row"));
	console.log(`\nfrom the decision to the screen, median and worst of 20: ${await onScreen(small)}`);
	console.log(`from the collector's silence until the wall says that it is blind, worst of 3: ${await untilBlind(small)} (limit 5000 ms)`);
	await Promise.all([small, many, huge].map((f) => f.close()));
}
await browser.close();
