// Availability in four parts; a percentage never goes without its unknown part.
import { percent } from "./format";
import { t } from "./i18n";
import type { Bars, Seconds } from "./types";

/** Up over what was not planned; the unknown part counts as not up: the lower bound. */
export function shareUp(a: Seconds): number | null {
	const counted = a.up_s + a.down_s + a.unknown_s;
	return counted > 0 ? a.up_s / counted : null;
}

export const shareUnknown = (a: Seconds): number => {
	const all = a.up_s + a.down_s + a.planned_s + a.unknown_s;
	return all > 0 ? a.unknown_s / all : 0;
};

/** "99,94 % (không rõ 0,02 %)" */
export function shareText(a: Seconds): string {
	const up = shareUp(a);
	if (up === null) return "–";
	const unknown = shareUnknown(a);
	if (unknown === 0) return `${percent(up)} (${t("uptime.unknown_part", { share: "0 %" })})`;
	const text = unknown > 0 && unknown < 0.0001 ? `< ${percent(0.0001)}` : percent(unknown);
	return `${percent(up)} (${t("uptime.unknown_part", { share: text })})`;
}

export const sum = (list: Seconds[]): Seconds =>
	list.reduce<Seconds>(
		(a, b) => ({
			up_s: a.up_s + b.up_s,
			down_s: a.down_s + b.down_s,
			planned_s: a.planned_s + b.planned_s,
			unknown_s: a.unknown_s + b.unknown_s,
		}),
		{ up_s: 0, down_s: 0, planned_s: 0, unknown_s: 0 },
	);

export const barAt = (b: Bars, i: number): Seconds => ({
	up_s: b.up_s[i],
	down_s: b.down_s[i],
	planned_s: b.planned_s[i],
	unknown_s: b.unknown_s[i],
});
