// A hundred thousand devices: the wall does not notice, a centre's list draws only what is in view.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeAll, Fixture } from "./fixture/server.mjs";
import { launch, open, shot } from "./lib.mjs";
import { measure } from "./measure.mjs";

let browser, fixture;
before(async () => {
	browser = await launch();
	fixture = new Fixture({ devices: 100000, calm: true });
	await fixture.listen();
});
after(async () => {
	await browser?.close();
	await closeAll();
});

test("the wall asks for no more with a hundred thousand devices than with four hundred", async () => {
	const small = new Fixture({ devices: 400, calm: true });
	await small.listen();
	const few = await measure(browser, small.url, ".tile .ready", { size: "wall" });
	const many = await measure(browser, fixture.url, ".tile .ready", { size: "wall" });
	assert.equal(many.requests, few.requests);
	assert.ok(many.bytes <= few.bytes + 2048, `${many.bytes} bytes, ${few.bytes} with few`);
	await small.close();
});

test("the month report of a hundred thousand devices loads sums, not devices", async () => {
	const m = await measure(browser, `${fixture.url}/report`, ".report .lead");
	assert.ok(m.bytes <= 150 * 1024, `${m.bytes} bytes in ${m.requests} requests`);
});

test("a centre of thirty thousand devices scrolls with a short document", async () => {
	const page = await open(browser);
	await page.goto(`${fixture.url}/centre/danang`);
	await page.waitForSelector(".device-row");
	for (let i = 0; i < 6; i++) {
		await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
		await page.waitForTimeout(250);
	}
	const rows = await page.locator(".virtual-row").count();
	const tall = await page.evaluate(() => document.querySelector(".virtual").clientHeight / 44);
	assert.ok(tall >= 1500, `${tall} rows known`);
	assert.ok(rows < 80, `${rows} rows drawn`);
	await shot(page, "story-30000-devices");
	await page.context().close();
});
