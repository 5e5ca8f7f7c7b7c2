// All incidents: what is open, then what was.
import { t } from "../lib/i18n";
import { incidents, status } from "../lib/live";
import { query, setQuery } from "../lib/router";
import type { Incident } from "../lib/types";
import { IncidentRows } from "../ui/incident_rows";
import { ErrorNote } from "../ui/load";
import { usePaged } from "../ui/paged";

export default function Incidents() {
	const site = query.value.get("site");
	const all = usePaged<Incident>("/incidents", "incidents", { state: "all", site });
	const live = [...incidents.value.values()].filter((i) => !site || i.site === site);
	const known = new Set(live.map((i) => i.incident));
	const merged = [...live, ...all.items.filter((i) => !known.has(i.incident))];
	merged.sort((a, b) => Date.parse(b.opened_at) - Date.parse(a.opened_at));
	const open = merged.filter((i) => i.state === "open");
	const closed = merged.filter((i) => i.state === "closed");
	return (
		<main class="page" id="main">
			<h1>{t("nav.incidents")}</h1>
			<div class="chips">
				<button class="chip" aria-pressed={!site} onClick={() => setQuery({ site: null })}>
					{t("all")}
				</button>
				{status.value?.sites.map((s) => (
					<button class="chip" key={s.id} aria-pressed={s.id === site} onClick={() => setQuery({ site: s.id })}>
						{s.name}
					</button>
				))}
			</div>
			<ErrorNote error={all.error} />
			{status.value && (
				<section class="section">
					<h2>{t("incidents.open", { n: open.length })}</h2>
					<IncidentRows list={open} />
				</section>
			)}
			<section class="section">
				<h2>{t("incidents.closed")}</h2>
				{(all.done || closed.length > 0) && !(all.error && !closed.length) && <IncidentRows list={closed} />}
				{!all.done && all.items.length > 0 && (
					<button class="button" onClick={all.more}>
						{t("more")}
					</button>
				)}
			</section>
		</main>
	);
}
