// Dialogs of the frame: help, search, and "who are you" where nobody signed in.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { askName } from "../lib/acts";
import { get } from "../lib/api";
import { t } from "../lib/i18n";
import { helpOpen, searchOpen } from "../lib/keys";
import { go } from "../lib/router";
import { oncall, siteName } from "../lib/live";
import type { Hit } from "../lib/types";
import { shortId } from "../lib/words";
import { Shape } from "./state";

export function Dialog({ label, onClose, children }: { label: string; onClose: () => void; children: ComponentChildren }) {
	const ref = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		const d = ref.current!;
		if (!d.open) d.showModal();
		return () => d.close();
	}, []);
	return (
		<dialog
			ref={ref}
			aria-label={label}
			onCancel={onClose}
			onClick={(e) => e.target === ref.current && onClose()}
		>
			{children}
		</dialog>
	);
}

const KEY_ROWS: [string, string][] = [
	["/", "help.search"],
	["j k", "help.move"],
	["Enter", "help.open"],
	["a", "help.ack"],
	["1 2 3 4", "help.verdict"],
	["g + w i u r m q o s", "help.go"],
	["?", "help.help"],
	["Esc", "help.close"],
];
const LOOKS = ["full", "degraded", "critical", "dark", "unknown"] as const;

function Help() {
	const close = () => (helpOpen.value = false);
	return (
		<Dialog label={t("help.title")} onClose={close}>
			<div class="form">
				<h1>{t("help.title")}</h1>
				<dl class="facts">
					{KEY_ROWS.map(([k, key]) => (
						<>
							<dt>
								<kbd>{k}</kbd>
							</dt>
							<dd>{t(key)}</dd>
						</>
					))}
				</dl>
				<ul class="legend">
					{LOOKS.map((l) => (
						<li key={l}>
							<Shape look={l} /> {t(`capacity.${l}`)}
						</li>
					))}
					<li>
						<Shape look="planned" /> {t("state.planned")}
					</li>
				</ul>
				<button class="button" onClick={close}>
					{t("close")}
				</button>
			</div>
		</Dialog>
	);
}

const hitPath = (h: Hit) =>
	h.kind === "site" ? `/centre/${h.id}` : h.kind === "agent" ? `/setup?agent=${encodeURIComponent(h.id)}` : `/${h.kind}/${h.id}`;

/** A thing whose name is its id is called without its centre, which stands beside it. */
function hitName(h: Hit): string {
	if (h.name !== h.id || !h.site) return h.name;
	return h.kind === "seat" ? t("seat.title", { id: shortId(h.id) }) : shortId(h.id);
}

function Search() {
	const [words, setWords] = useState("");
	const [hits, setHits] = useState<Hit[]>([]);
	const [at, setAt] = useState(0);
	const close = () => (searchOpen.value = false);
	useEffect(() => {
		const q = words.trim();
		if (!q) return setHits([]);
		const timer = setTimeout(
			() => get<{ results: Hit[] }>("/search", { q }).then((r) => (setHits(r.results), setAt(0)), () => {}),
			120,
		);
		return () => clearTimeout(timer);
	}, [words]);
	const open = (h: Hit | undefined) => {
		if (!h) return;
		close();
		go(hitPath(h));
	};
	const onKey = (e: KeyboardEvent) => {
		if (e.key === "Escape") close(); // a search field would only empty itself
		const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
		if (!by) return;
		e.preventDefault();
		setAt(Math.min(Math.max(at + by, 0), hits.length - 1));
	};
	return (
		<Dialog label={t("nav.search")} onClose={close}>
			<form
				onSubmit={(e) => {
					e.preventDefault();
					open(hits[at]);
				}}
			>
				<input
					class="input"
					type="search"
					autofocus
					placeholder={t("search.hint")}
					aria-label={t("search.hint")}
					value={words}
					onInput={(e) => setWords(e.currentTarget.value)}
					onKeyDown={onKey}
				/>
				<ul class="hits">
					{hits.map((h, i) => (
						<li key={h.kind + h.id}>
							<button type="button" class={i === at ? "hit at" : "hit"} onClick={() => open(h)}>
								<b>{hitName(h)}</b>
								<span class="quiet">
									{[t(`kind.${h.kind}`), h.kind !== "site" && h.site && siteName(h.site)].filter(Boolean).join(" · ")}
								</span>
							</button>
						</li>
					))}
				</ul>
				{words.trim() && hits.length === 0 && <p class="quiet">{t("search.none")}</p>}
			</form>
		</Dialog>
	);
}

function AskName() {
	const [name, setName] = useState("");
	const done = (who: string) => {
		const f = askName.value;
		askName.value = null;
		if (who.trim()) f?.(who.trim());
	};
	return (
		<Dialog label={t("who.title")} onClose={() => (askName.value = null)}>
			<form
				onSubmit={(e) => {
					e.preventDefault();
					done(name);
				}}
			>
				<h1>{t("who.title")}</h1>
				<div class="chips">
					{oncall.value?.people.map((p) => (
						<button type="button" class="chip" key={p.id} onClick={() => done(p.id)}>
							{p.name}
						</button>
					))}
				</div>
				<label class="field">
					<span>{t("who.other")}</span>
					<input class="input" maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} />
				</label>
				<div class="actions">
					<button class="button main">{t("continue")}</button>
					<button type="button" class="button" onClick={() => (askName.value = null)}>
						{t("cancel")}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

export function Dialogs() {
	return (
		<>
			{helpOpen.value && <Help />}
			{searchOpen.value && <Search />}
			{askName.value && <AskName />}
		</>
	);
}
