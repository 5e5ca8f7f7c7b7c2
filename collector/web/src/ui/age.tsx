// Age is part of a value: shown once it matters, in the words of the page.
import { span, spanShort } from "../lib/format";
import { t } from "../lib/i18n";
import { now } from "../lib/live";

export const secondsSince = (at: string | number | null) =>
	at === null ? null : Math.max(0, (now.value - (typeof at === "number" ? at : Date.parse(at))) / 1000);

/** "cách đây 40 giây" */
export function Ago({ at }: { at: string | null }) {
	const s = secondsSince(at);
	if (s === null) return <>{t("age.never")}</>;
	if (s < 3) return <>{t("age.now")}</>;
	return <>{t("age.ago", { span: span(s) })}</>;
}

/** The bare length since: "4 phút". */
export function Lasting({ at, until }: { at: string; until?: string | null }) {
	const end = until ? Date.parse(until) : now.value;
	return <>{spanShort((end - Date.parse(at)) / 1000)}</>;
}
