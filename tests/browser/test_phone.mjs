// The incident in a hand: light, quick on a slow link, usable with a thumb, installable, and never
// pretending when there is no collector.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { closeAll, Fixture } from "./fixture/server.mjs";
import { launch, open, shot } from "./lib.mjs";
import { measure } from "./measure.mjs";

let browser, fixture;
before(async () => {
	browser = await launch();
	fixture = new Fixture();
	await fixture.listen();
	fixture.fault("cut", "danang");
});
after(async () => {
	await browser?.close();
	await closeAll();
});

test("the first load of an incident is at most 100 kB, and comes on slow 3G", async () => {
	const m = await measure(browser, `${fixture.url}/i/16`, ".do-now li", { size: "phone", slow: true });
	assert.ok(m.bytes <= 100 * 1024, `${m.bytes} bytes in ${m.requests} requests`);
});

test("the button that matters is under the thumb; notes and shelving work", async () => {
	const page = await open(browser, { size: "phone" });
	await page.goto(`${fixture.url}/i/16`);
	const box = await page.locator(".thumb .main").boundingBox();
	assert.ok(box.y > 844 * 0.75 && box.height >= 44, JSON.stringify(box));
	await page.click(".thumb .button:has-text('Ghi chú')");
	await page.fill("dialog textarea", "Đã gọi điện lực");
	await page.click("dialog .main");
	await page.waitForSelector("text=Đã gọi điện lực");
	await page.click(".thumb .button:has-text('Tạm ẩn')");
	await page.click("dialog .chip:has-text('4 giờ')");
	await page.click("dialog .main");
	await page.waitForSelector("text=Tạm ẩn 4 giờ");
	await page.context().close();
});

test("the reasoning behind the root is the engine's own, in the page's language", async () => {
	for (const lang of ["vi", "en"]) {
		const page = await open(browser, { size: "phone", lang });
		await page.goto(`${fixture.url}/i/16`);
		const said = (await page.textContent(".reasoning")).trim();
		assert.equal(said, `${fixture.world.incidents.get(16).why[lang]}.`);
		await page.context().close();
	}
});

test("the charts come when somebody scrolls there, not before", async () => {
	const page = await open(browser, { size: "phone" });
	const scripts = [];
	page.on("response", async (r) => r.url().includes("/assets/") && scripts.push((await r.body().catch(() => Buffer.alloc(0))).length));
	await page.goto(`${fixture.url}/i/16`);
	await page.waitForSelector(".timeline li");
	await page.waitForTimeout(300);
	assert.ok(Math.max(...scripts) < 50000, "no chart library yet");
	await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
	await page.waitForSelector(".plot canvas");
	await shot(page, "story-charts-phone");
	await page.context().close();
});

test("it installs, opens without a network and then says that it is blind", async () => {
	const own = new Fixture({ calm: true });
	await own.listen();
	const page = await open(browser, { size: "phone", worker: true });
	await page.goto(own.url);
	await page.waitForSelector(".tile");
	await page.evaluate(() => navigator.serviceWorker.ready);
	const manifest = await page.evaluate(() => fetch("/manifest.webmanifest").then((r) => r.json()));
	assert.equal(manifest.display, "standalone");
	assert.ok(manifest.icons.some((i) => i.sizes === "512x512"));
	await page.waitForFunction(async () => (await caches.keys()).length > 0 && (await (await caches.open((await caches.keys())[0])).keys()).length > 10);
	const kept = await page.evaluate(async () => (await (await caches.open((await caches.keys())[0])).keys()).map((r) => new URL(r.url).pathname));
	assert.ok(kept.every((p) => !p.startsWith("/api")), "no answer of the API is ever kept");
	await own.close();
	await page.reload();
	await page.waitForSelector(".blind");
	assert.equal(await page.locator(".tile").count(), 0, "no figure from yesterday");
	await page.context().close();
});

test("a watcher sees everything and is offered nothing to do", async () => {
	const own = new Fixture({ role: "watcher" });
	await own.listen();
	own.fault("cut", "danang");
	const page = await open(browser, { size: "phone" });
	await page.goto(`${own.url}/i/16`);
	await page.waitForSelector(".do-now li");
	assert.equal(await page.locator(".thumb").count(), 0);
	await page.context().close();
	await own.close();
});

test("a wall whose session ends asks to sign in again", async () => {
	const own = new Fixture();
	await own.listen();
	const page = await open(browser);
	await page.goto(own.url);
	await page.waitForSelector(".tile");
	own.session.role = null;
	for (const s of own.streams) s.destroy();
	await page.waitForURL("**/signin?to=*", { timeout: 15000 });
	await page.context().close();
	await own.close();
});

test("a page that is told 401 asks to sign in, and remembers where it was", async () => {
	const own = new Fixture();
	await own.listen();
	const page = await open(browser, { size: "phone" });
	await page.goto(`${own.url}/incidents?site=danang`);
	await page.waitForSelector(".inc");
	own.session.role = null;
	await page.click(".chip:has-text('Hà Nội')");
	await page.waitForURL("**/signin?to=*");
	assert.equal(new URL(page.url()).searchParams.get("to"), "/incidents?site=hanoi");
	await page.context().close();
	await own.close();
});

test("a list that never came does not say that there is nothing", async () => {
	const page = await open(browser, { size: "phone", worker: true });
	await page.goto(`${fixture.url}/incidents`);
	await page.evaluate(() => navigator.serviceWorker.ready);
	await page.reload();
	await page.waitForSelector(".inc");
	await page.route("**/api/**", (r) => r.abort());
	await page.reload();
	await page.waitForSelector(".error");
	assert.doesNotMatch(await page.textContent("main"), /Không có sự cố|Đang diễn ra/);
	await page.context().close();
});

test("an auditor reads who did what, to what, from where", async () => {
	const own = new Fixture({ role: "auditor" });
	await own.listen();
	const page = await open(browser);
	await page.goto(`${own.url}/setup`);
	const row = (n) => page.locator(".audit tbody tr").nth(n).innerText();
	await page.waitForSelector(".audit tbody tr");
	assert.match(await row(0), /lan\s+xác nhận sự cố\s+Sự cố 14\s+10\.0\.0\.7\s+được/);
	assert.match(await row(1), /wall\s+làm điều vai trò không cho phép[\s\S]*bị từ chối/);
	assert.match(await row(2), /tạm ẩn cảnh báo\s+Đà Nẵng · ups-1: Mất điện lưới/);
	assert.match(await row(3), /thêm người dùng\s+lan\s+tại máy chủ/);
	await page.context().close();
	await own.close();
});

test("planned work takes the name of a centre or device for the thing", async () => {
	const page = await open(browser, { size: "phone" });
	await page.goto(`${fixture.url}/maintenance`);
	const target = page.locator(".plan-form input[list]").first();
	await target.fill("đà nẵng");
	await target.blur();
	assert.equal(await target.inputValue(), "danang");
	await page.context().close();
});

test("a wall renews itself when the collector was upgraded", async () => {
	const own = new Fixture();
	await own.listen();
	const page = await open(browser);
	await page.goto(own.url);
	await page.waitForSelector(".tile");
	await page.evaluate(() => (globalThis.old = true));
	own.world.version = "0.2.0";
	for (const s of own.streams) s.destroy();
	await page.waitForFunction(() => !globalThis.old, null, { timeout: 15000 });
	await page.waitForSelector(".tile");
	await page.context().close();
	await own.close();
});

test("a drill is begun and confirmed on the page", async () => {
	const page = await open(browser, { size: "phone" });
	await page.goto(`${fixture.url}/oncall`);
	await page.selectOption(".drill-form select", "danang/gw");
	await page.click(".drill-form .button");
	await page.click(".drill .button");
	await page.waitForSelector(".drill:has-text('đạt')");
	assert.match(await page.textContent(".chain"), /người trực xác nhận 4,2 s/);
	await page.context().close();
});

test("a shift is chosen in the calendar, swapped, and taken back", async () => {
	const page = await open(browser);
	await page.goto(`${fixture.url}/oncall`);
	await page.click(".shift:has-text('Minh')");
	assert.equal(await page.inputValue(".swap-form select"), "lan", "offered is who does not have it");
	await page.selectOption(".swap-form select", "hoa");
	await page.fill(".swap-form input[maxlength]", "nghỉ phép");
	await page.click(".swap-form .main");
	await page.waitForSelector(".shift-swap:has-text('Hòa')");
	await page.waitForSelector(".window:has-text('Hòa trực thay')");
	await shot(page, "story-swapped", true);
	await page.click(".window:has-text('Hòa trực thay') .button");
	await page.waitForSelector(".shift-swap", { state: "detached" });
	await page.click(".holiday summary");
	await page.fill(".holiday-form input[maxlength]", "Tết");
	for (const who of ["Hòa", "Lan"]) await page.click(`.holiday-form .chip:has-text('${who}')`);
	await page.click(".holiday-form .chip:has-text('12 giờ')");
	await page.click(".holiday-form .main");
	await page.waitForSelector(".window:has-text('Tết: Hòa, Lan (12 giờ')");
	assert.deepEqual(page.problems, []);
	await page.context().close();
});

test("who is signed out is led to the sign-in and back", async () => {
	const own = new Fixture({ role: null, user: null });
	own.session.role = null;
	await own.listen();
	const page = await open(browser, { size: "phone" });
	await page.goto(`${own.url}/i/15`);
	await page.waitForURL("**/signin?to=*");
	await page.fill("input[autocomplete=username]", "lan");
	await page.fill("input[type=password]", "wrong");
	await page.click("form .main");
	await page.waitForSelector("[role=alert]:has-text('không đúng')");
	await page.fill("input[type=password]", "right");
	await page.click("form .main");
	await page.waitForURL("**/i/15");
	await page.waitForSelector(".do-now li");
	await page.context().close();
	await own.close();
});

test("the link in a message opens the incident signed in, and leaves no token behind", async () => {
	const own = new Fixture({ role: null, user: null });
	own.session.role = null;
	await own.listen();
	const page = await open(browser, { size: "phone" });
	await page.goto(`${own.url}/i/15?t=signed`);
	await page.waitForSelector(".thumb .main");
	assert.equal(await page.evaluate(() => location.pathname + location.search), "/i/15");
	await page.click(".thumb .main");
	await page.waitForSelector("text=Minh đang xử lý");
	await page.context().close();
	await own.close();
});
