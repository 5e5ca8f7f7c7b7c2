// What planned work or a silence is about: a centre, a device, a service or a seat, found as one types.
import { useState } from "preact/hooks";
import { get, mayAct } from "../lib/api";
import { t } from "../lib/i18n";
import { status } from "../lib/live";
import { query } from "../lib/router";
import type { Hit } from "../lib/types";
import { shortId } from "../lib/words";

/** What a form begins with: the thing whose page somebody came from, else the first centre. */
export const firstTarget = () => query.peek().get("target") ?? status.peek()?.sites[0]?.id ?? "";

/** The way from a thing's page to the forms for it. */
export function PlanLink({ id }: { id: string }) {
	if (!mayAct()) return null;
	return (
		<>
			{" · "}
			<a href={`/maintenance?target=${encodeURIComponent(id)}`}>{t("maintenance.for_this")}</a>
		</>
	);
}

export function TargetField({ id, value, set }: { id: string; value: string; set: (target: string) => void }) {
	const [hits, found] = useState<Hit[]>([]);
	const find = (q: string) =>
		q.trim() && get<{ results: Hit[] }>("/search", { q }).then((r) => found(r.results.filter((h) => h.kind !== "agent" && h.kind !== "site")), () => {});
	/** Who typed a name means the thing that has it. */
	const settle = (words: string) => {
		const name = words.trim().toLocaleLowerCase();
		const of = (list: { id: string; name: string }[]) => list.filter((x) => [x.name, shortId(x.id)].some((n) => n.toLocaleLowerCase() === name));
		const [only, second] = [...of(status.value?.sites ?? []), ...of(hits)];
		if (only && !second && only.id !== words) set(only.id);
	};
	return (
		<label class="field">
			<span>{t("maintenance.target")}</span>
			<input
				class="input"
				list={id}
				required
				autocomplete="off"
				value={value}
				onBlur={(e) => settle(e.currentTarget.value)}
				onInput={(e) => (set(e.currentTarget.value), find(e.currentTarget.value))}
			/>
			<datalist id={id}>
				{status.value?.sites.map((s) => (
					<option key={s.id} value={s.id}>
						{s.name}
					</option>
				))}
				{hits.map((h) => (
					<option key={h.kind + h.id} value={h.id}>
						{h.kind === "seat" ? t("seat.title", { id: h.id }) : h.name}
					</option>
				))}
			</datalist>
		</label>
	);
}
