// rig.mjs - the whole system for a test: the demo's centres, agents, broker and collector, steered
// through demo_rig.py.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.LW_PRESET ?? ["release", "dev"].find((b) => existsSync(join(here, `../../build/${b}/bin/linewatch-collector`)));
const bin = join(here, `../../build/${build}/bin`);
const built = build && existsSync(join(bin, "linewatch-sim")) && existsSync(join(bin, "../web/index.html"));

/** Why there can be none; false: there can. */
export const missing = built ? false : "the collector, the simulator or the page is not built";

export async function until(what, f, ms = 60000) {
	const end = Date.now() + ms;
	for (;;) {
		if (await f().catch(() => false)) return;
		assert.ok(Date.now() < end, `not within ${ms} ms: ${what}`);
		await new Promise((done) => setTimeout(done, 250));
	}
}

export class Rig {
	/** Running, and every seat ready. */
	static async start() {
		const r = new Rig();
		r.process = spawn("python3", [join(here, "demo_rig.py"), build, process.env.LW_BROWSER_PORT ?? "28500"], { stdio: ["pipe", "pipe", "inherit"] });
		r.lines = createInterface({ input: r.process.stdout })[Symbol.asyncIterator]();
		const { value } = await r.lines.next();
		assert.ok(value, "the rig did not start");
		r.url = JSON.parse(value).url;
		await until("every seat is ready", async () => {
			const { hotline } = await r.get("/api/v1/status");
			return hotline.seats_total > 0 && hotline.seats_ready === hotline.seats_total;
		});
		return r;
	}

	async say(words) {
		this.process.stdin.write(`${words}\n`);
		const { value } = await this.lines.next();
		assert.equal(value, "ok", words);
	}

	/** The messages that people got. */
	async pages() {
		this.process.stdin.write("pages\n");
		const all = JSON.parse((await this.lines.next()).value);
		assert.equal((await this.lines.next()).value, "ok");
		return all;
	}

	async get(path) {
		return (await fetch(this.url + path)).json();
	}

	async stop() {
		this.process.stdin.end();
		await new Promise((done) => (this.process.exitCode === null ? this.process.on("exit", done) : done()));
	}
}
