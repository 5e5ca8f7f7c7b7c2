// Paths to pages, without a library: a page is a row in pages.ts.
import { signal } from "@preact/signals";

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

function follow(): void {
	path.value = location.pathname;
	query.value = new URLSearchParams(location.search);
}

export function go(to: string, replace = false): void {
	if (to === location.pathname + location.search) return;
	history[replace ? "replaceState" : "pushState"](null, "", to);
	follow();
	if (!replace) scrollTo(0, 0);
}

/** Changes one value of the query in place: what is shown can be sent as a link. */
export function setQuery(changes: Record<string, string | null>): void {
	const q = new URLSearchParams(location.search);
	for (const [name, value] of Object.entries(changes)) {
		if (value === null || value === "") q.delete(name);
		else q.set(name, value);
	}
	const text = q.toString();
	go(location.pathname + (text ? `?${text}` : ""), true);
}

function onClick(e: MouseEvent): void {
	if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey) return;
	const a = (e.target as Element).closest("a");
	if (!a || a.target || a.hasAttribute("download") || a.origin !== location.origin) return;
	if (/^\/(api|metrics|healthz|readyz)\b/.test(a.pathname)) return;
	if (a.hash && a.pathname === location.pathname) return;
	e.preventDefault();
	go(a.pathname + a.search);
}

export function startRouter(): void {
	addEventListener("popstate", follow);
	document.addEventListener("click", onClick);
}
