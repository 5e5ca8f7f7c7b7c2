// build.mjs - bundles the page. Needs the packages of the lock file and no network.
//
//   node build.mjs [--out DIR] [--i18n DIR] [--size]
//
// Out come hashed files under assets/, one catalogue per language, index.html, the manifest, icons
// and a service worker that knows the list of files. Everything but index.html and sw.js may be
// kept for ever by a browser.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { drawIcon } from "./icon.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({
	options: {
		out: { type: "string", default: join(here, "dist") },
		i18n: { type: "string", default: join(here, "../../i18n") },
		size: { type: "boolean", default: false },
	},
});
const out = resolve(args.out);

/** The texts of one language that the page can show: all of web.json, and the shared catalogues. */
async function catalogue(language) {
	const words = {};
	for (const file of (await readdir(args.i18n)).filter((f) => f.endsWith(".json")).sort()) {
		if (!SHARED.test(file)) continue;
		const rows = JSON.parse(await readFile(join(args.i18n, file), "utf8"));
		for (const [key, row] of Object.entries(rows)) words[key] = row[language];
	}
	return words;
}
const SHARED = /^(web|alarm|word|drill|event|metric)\.json$/;

const languages = {
	name: "languages",
	setup(b) {
		b.onResolve({ filter: /^lang:/ }, (a) => ({ path: a.path.slice(5), namespace: "lang" }));
		b.onLoad({ filter: /.*/, namespace: "lang" }, async (a) => ({
			contents: JSON.stringify(await catalogue(a.path)),
			loader: "json",
		}));
	},
};

/** Every page draws on src/common.ts; see there. */
const common = {
	name: "common",
	setup(b) {
		b.onLoad({ filter: /src\/(pages\/\w+|main)\.tsx$/ }, async (a) => ({
			contents: `import ${JSON.stringify(join(here, "src/common.ts"))};\n${await readFile(a.path, "utf8")}`,
			loader: "tsx",
		}));
	},
};

async function bundle() {
	return build({
		absWorkingDir: here,
		entryPoints: { main: "src/main.tsx", app: "src/style/app.css" },
		bundle: true,
		splitting: true,
		format: "esm",
		target: ["es2020", "chrome90", "firefox90", "safari14"],
		jsx: "automatic",
		jsxImportSource: "preact",
		minify: true,
		metafile: true,
		legalComments: "none",
		outdir: join(out, "assets"),
		entryNames: "[name]-[hash]",
		chunkNames: "[name]-[hash]",
		plugins: [languages, common],
		logLevel: "warning",
	});
}

/** Everything that `file` pulls in before it runs, itself first. */
function closure(outputs, file, seen = []) {
	if (seen.includes(file)) return seen;
	seen.push(file);
	for (const i of outputs[file].imports)
		if (i.kind === "import-statement") closure(outputs, i.path, seen);
	return seen;
}

function chunkOf(outputs, test) {
	for (const [file, o] of Object.entries(outputs)) if (o.entryPoint && test(o.entryPoint)) return file;
	throw new Error(`no chunk for ${test}`);
}

/** boot.js runs before the first paint: theme, language, and in parallel the files of this page and
 * the state that it begins with (lwStart, taken by src/lib/live.ts). */
function boot(outputs) {
	const url = (f) => "/" + relative(out, resolve(here, f)).replace(/\\/g, "/");
	const first = closure(outputs, chunkOf(outputs, (e) => e === "src/main.tsx")).map(url);
	const of = (name) =>
		closure(outputs, chunkOf(outputs, (e) => e === `src/pages/${name}.tsx`))
			.map(url)
			.filter((f) => !first.includes(f));
	const langs = Object.fromEntries(
		["vi", "en"].map((l) => [l, url(chunkOf(outputs, (e) => e === `lang:${l}`))]),
	);
	return `(function(){
var d=document,r=d.documentElement,g=function(k){try{return localStorage.getItem(k)}catch(e){return null}};
var p=location.pathname,w=p==="/",i=/^\\/i\\//.test(p);
var m=/[?&]lang=(vi|en)/.exec(location.search);
var l=(m&&m[1])||g("lw.lang")||"vi";
r.lang=l;
var t=g("lw.theme")||"auto";
r.dataset.theme=t==="dark"||t==="auto"&&(w||matchMedia("(prefers-color-scheme: dark)").matches)?"dark":"light";
var L=${JSON.stringify(langs)},f=[L[l]].concat(w?${JSON.stringify(of("wall"))}:i?${JSON.stringify(of("incident"))}:[]);
if(!/[?&]t=/.test(location.search)&&!/^\\/signin/.test(p))lwStart=fetch("/api/v1/start?lang="+l,{headers:{Accept:"application/json"},credentials:"same-origin"}).then(function(a){return a.ok?a.json():null}).catch(function(){return null});
f.forEach(function(h){var e=d.createElement("link");e.rel="modulepreload";e.href=h;d.head.appendChild(e)});
})();
`;
}

const short = (text) => createHash("sha256").update(text).digest("hex").slice(0, 8);

async function writePage(outputs) {
	const name = (f) => "/" + relative(out, resolve(here, f));
	const bootText = boot(outputs);
	const bootName = `/assets/boot-${short(bootText)}.js`;
	await writeFile(join(out, bootName), bootText);
	const main = name(chunkOf(outputs, (e) => e === "src/main.tsx"));
	const css = name(chunkOf(outputs, (e) => e === "src/style/app.css"));
	const shared = closure(outputs, chunkOf(outputs, (e) => e === "src/main.tsx")).slice(1).map(name);
	const html = (await readFile(join(here, "src/index.html"), "utf8"))
		.replace("%BOOT%", bootName)
		.replace("%CSS%", css)
		.replace("%MAIN%", main)
		.replace("%SHARED%", shared.map((f) => `<link rel="modulepreload" href="${f}">`).join("\n"));
	await writeFile(join(out, "index.html"), html);
	return short(html + bootText);
}

async function list(folder, base = folder) {
	const files = [];
	for (const e of await readdir(folder, { withFileTypes: true })) {
		const full = join(folder, e.name);
		if (e.isDirectory()) files.push(...(await list(full, base)));
		else files.push("/" + relative(base, full));
	}
	return files.sort();
}

async function writeWorker(version) {
	const files = (await list(out)).filter((f) => f.startsWith("/assets/") || f.startsWith("/icon"));
	const text = (await readFile(join(here, "src/sw.js"), "utf8"))
		.replace("%VERSION%", version + "-" + short(files.join()))
		.replace('["%FILES%"]', JSON.stringify(files));
	await writeFile(join(out, "sw.js"), text);
}

async function sizes(outputs) {
	for (const f of Object.keys(outputs).sort()) {
		const raw = await readFile(resolve(here, f));
		const br = brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
		console.log(
			`${String(raw.length).padStart(8)} ${String(gzipSync(raw, { level: 9 }).length).padStart(7)} gz` +
				` ${String(br.length).padStart(7)} br  ${relative(out, resolve(here, f))}`,
		);
	}
}

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });
const { metafile } = await bundle();
for (const size of [192, 512]) await writeFile(join(out, `icon-${size}.png`), drawIcon(size));
await cp(join(here, "src/icon.svg"), join(out, "icon.svg"));
await cp(join(here, "src/manifest.webmanifest"), join(out, "manifest.webmanifest"));
await writeWorker(await writePage(metafile.outputs));
if (args.size) await sizes(metafile.outputs);
