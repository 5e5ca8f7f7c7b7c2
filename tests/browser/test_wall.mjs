// The wall while things happen: mains cut and acknowledged, collector lost and back, broker lost,
// a new critical heard; figures big enough for three metres; calm when calm.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeAll, Fixture } from "./fixture/server.mjs";
import { launch, open, shot } from "./lib.mjs";

let browser;
before(async () => (browser = await launch()));
after(async () => {
	await browser?.close();
	await closeAll();
});

async function wall(options = {}, look = {}) {
	const fixture = new Fixture(options);
	await fixture.listen();
	const page = await open(browser, look);
	await page.goto(fixture.url);
	await page.waitForSelector(".tile");
	await page.waitForFunction(() => document.querySelector(".pulse:not(.lost)"));
	const close = async () => {
		await page.context().close();
		await fixture.close();
	};
	return { fixture, page, close };
}

const tile = (page, site) => page.locator(`.tile[href="/centre/${site}"]`);

test("a mains cut is on the wall at once and an acknowledgement is seen there", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	assert.match(await page.textContent(".calm"), /Không có sự cố/);
	fixture.fault("cut", "danang");
	await page.waitForSelector(".trouble.v-critical");
	assert.match(await tile(page, "danang").innerText(), /6\s*\/ 8[\s\S]*còn 42 phút \(31.?–.?55\)/);
	assert.match(await page.textContent(".trouble"), /chưa ai nhận/);
	const phone = await open(browser, { size: "phone" });
	await phone.goto(`${fixture.url}/i/15`);
	await phone.click(".thumb .main");
	await page.waitForFunction(() => /Lan đang xử lý/.test(document.querySelector(".trouble")?.textContent ?? ""));
	await shot(page, "story-acknowledged");
	fixture.fault("restore", "danang");
	await page.waitForSelector(".trouble.closed");
	assert.match(await tile(page, "danang").innerText(), /8\s*\/ 8/);
	await phone.context().close();
	await close();
});

test("when the collector goes silent the wall says so by itself and recovers", async () => {
	const { fixture, page, close } = await wall();
	fixture.fault("hang");
	await page.waitForSelector(".blind");
	assert.match(await page.textContent(".blind"), /mất liên lạc với bộ thu thập/);
	assert.match(await page.textContent(".verdict"), /Không rõ có nhận được cuộc gọi không/);
	assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), "it still fits the screen");
	assert.match(await page.title(), /■/);
	assert.equal(await page.locator(".tile").count(), 3, "old figures stay, greyed");
	await shot(page, "story-blind");
	fixture.fault("unhang");
	await page.waitForSelector(".blind", { state: "detached", timeout: 15000 });
	await close();
});

test("a collector that is killed is noticed, and its return too", async () => {
	const { fixture, page, close } = await wall();
	const port = new URL(fixture.url).port;
	await fixture.close();
	await page.waitForSelector(".blind");
	const second = new Fixture({ calm: true });
	await second.listen(Number(port));
	await page.waitForSelector(".blind", { state: "detached", timeout: 15000 });
	await page.waitForSelector(".calm");
	await second.close();
	await page.context().close();
	void close;
});

test("a collector without its broker is not believed", async () => {
	const { fixture, page, close } = await wall();
	fixture.fault("broker-down");
	await page.waitForSelector(".blind");
	fixture.fault("broker-up");
	await page.waitForSelector(".blind", { state: "detached" });
	await close();
});

test("a new critical changes the title, rings once and is read out", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	await page.mouse.click(5, 5);
	fixture.fault("dark", "angiang");
	await page.waitForFunction(() => /◆/.test(document.title));
	await page.waitForFunction(() => document.documentElement.dataset.rang);
	const rang = await page.evaluate(() => document.documentElement.dataset.rang);
	assert.match(await page.textContent('[aria-live="assertive"]'), /nghiêm trọng: An Giang/);
	fixture.world.say([...fixture.world.incidents.values()].pop(), "updated");
	await page.waitForTimeout(500);
	assert.equal(await page.evaluate(() => document.documentElement.dataset.rang), rang, "it rings once");
	await shot(page, "story-dark");
	await close();
});

test("unknown looks neither fine nor broken", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	fixture.fault("isolate", "angiang");
	await page.waitForSelector(".t-unknown");
	assert.match(await tile(page, "angiang").innerText(), /không rõ[\s\S]*\?[\s\S]*6 vị trí không rõ/);
	await shot(page, "story-unknown");
	await close();
});

test("the number of ready seats is a quarter of its tile and stays inside it", async () => {
	const { page, close } = await wall();
	for (const site of ["hanoi", "danang", "angiang"]) {
		const m = await tile(page, site).evaluate((el) => {
			const b = el.querySelector(".ready b");
			const ctx = document.createElement("canvas").getContext("2d");
			const style = getComputedStyle(b);
			ctx.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
			const text = ctx.measureText(b.textContent);
			const ready = el.querySelector(".ready").getBoundingClientRect();
			return { digits: text.actualBoundingBoxAscent, tile: el.clientHeight, right: ready.right, edge: el.getBoundingClientRect().right };
		});
		assert.ok(m.digits / m.tile >= 0.22, `${site}: ${(m.digits / m.tile).toFixed(2)} of the tile`);
		assert.ok(m.right <= m.edge);
	}
	await close();
});

test("the schematic draws the centres north to south and what their lines carry", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	const label = () => page.getAttribute(".schema", "aria-label");
	assert.match(await label(), /Hà Nội đủ, đường truyền đủ; Đà Nẵng đủ.*; An Giang đủ/);
	fixture.fault("isolate", "angiang");
	await page.waitForSelector(".schema .w-unknown .shape, .schema .w-critical .shape");
	assert.match(await label(), /An Giang không rõ, đường truyền (không rõ|nguy cấp)/);
	const spots = await page.locator(".schema .spot").evaluateAll((all) => all.map((s) => s.getBoundingClientRect().top));
	assert.ok(spots[0] < spots[1] && spots[1] < spots[2]);
	const boxes = await page.evaluate(() => [...document.querySelectorAll(".schema, .schema span, .hub")].every((e) => e.getBoundingClientRect().right <= innerWidth));
	assert.ok(boxes, "it stays on the screen");
	fixture.fault("cut", "danang");
	await page.waitForSelector(".tile[href='/centre/danang'] .leg-power.l-degraded");
	await close();
});

test("on a small screen no row is cut in half, and those left out are counted", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	await page.setViewportSize({ width: 1366, height: 768 });
	for (const site of ["hanoi", "danang", "angiang"]) for (const name of ["cut", "isolate"]) fixture.fault(name, site);
	await page.waitForSelector(".rest");
	const m = await page.evaluate(() => {
		const box = document.querySelector(".troubles").getBoundingClientRect();
		const seen = [...document.querySelectorAll(".troubles li:not(.cut)")];
		return { seen: seen.length, whole: seen.every((li) => li.getBoundingClientRect().bottom <= box.bottom + 1), rest: document.querySelector(".rest").textContent, wide: document.documentElement.scrollWidth - innerWidth };
	});
	assert.ok(m.seen >= 2 && m.whole, JSON.stringify(m));
	assert.match(m.rest, new RegExp(`và ${6 - m.seen} sự cố khác`));
	assert.ok(m.wide <= 0, `${m.wide} px too wide`);
	const names = await page.evaluate(() => {
		const trunk = document.querySelector(".trunk").getBoundingClientRect().left;
		return [...document.querySelectorAll(".spot span")].every((s) => s.getBoundingClientRect().right <= trunk + 1);
	});
	assert.ok(names, "no name runs over the trunk");
	await close();
});

test("on a screen of four times the dots everything is twice as big", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	fixture.fault("cut", "danang");
	await page.waitForSelector(".trouble");
	const heights = () => page.evaluate(() => [".verdict", ".trouble .what", ".tile h2", ".foot"].map((s) => document.querySelector(s).getBoundingClientRect().height));
	const small = await heights();
	await page.setViewportSize({ width: 3840, height: 2160 });
	const big = await heights();
	big.forEach((h, i) => assert.ok(h / small[i] > 1.9, `${h} after ${small[i]}`));
	await close();
});

test("a wall asks once for its state before it draws", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	const asked = fixture.requests.filter((r) => r.startsWith("/api/"));
	assert.deepEqual(asked.slice(0, 2).map((r) => r.split("?")[0]), ["/api/v1/start", "/api/v1/events"]);
	assert.ok(!asked.some((r) => /\/(status|session|oncall|devices)/.test(r)), asked.join(" "));
	void page;
	await close();
});

test("sixty-three centres fit on one screen, trouble first", async () => {
	const { fixture, page, close } = await wall({ sites: 63, calm: true });
	assert.equal(await page.locator(".tile").count(), 63);
	fixture.fault("dark", "tt-40");
	await page.waitForSelector(".t-dark");
	assert.equal(await page.locator(".tile").first().getAttribute("href"), "/centre/tt-40");
	const inside = await page.evaluate(() => [...document.querySelectorAll(".tile")].every((t) => t.getBoundingClientRect().bottom <= innerHeight && t.getBoundingClientRect().height >= 40));
	assert.ok(inside, "every tile is on the screen");
	await shot(page, "story-63-centres");
	await close();
});

test("the keyboard does what the help says", async () => {
	const { fixture, page, close } = await wall({ calm: true });
	fixture.fault("cut", "danang");
	await page.waitForSelector(".trouble");
	await page.keyboard.press("?");
	await page.waitForSelector("dialog[open]");
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	await page.keyboard.press("k");
	assert.equal(await page.evaluate(() => document.activeElement.dataset.incident), "15");
	await page.keyboard.press("a");
	await page.waitForFunction(() => /Lan đang xử lý/.test(document.body.textContent));
	await page.keyboard.press("/");
	await page.fill("dialog input", "da nang ups");
	await page.waitForSelector(".hit:has-text('ups-1'):has-text('Đà Nẵng')");
	await page.keyboard.press("Escape");
	await page.waitForSelector("dialog", { state: "detached" });
	await page.keyboard.press("/");
	await page.fill("dialog input", "da nang ups");
	await page.waitForSelector(".hit:has-text('ups-1')");
	await page.keyboard.press("Enter");
	await page.waitForURL("**/device/danang/ups-1");
	await page.keyboard.press("g");
	await page.keyboard.press("u");
	await page.waitForURL("**/uptime");
	await close();
});

test("with nobody signed in, whoever acts is asked for a name", async () => {
	const { fixture, page, close } = await wall({ user: null });
	await page.focus(".trouble");
	await page.keyboard.press("a");
	await page.click("dialog .chip:has-text('Minh')");
	await page.waitForFunction(() => /Minh đang xử lý/.test(document.body.textContent));
	assert.equal([...fixture.world.incidents.values()].pop().owner, "minh");
	await close();
});
