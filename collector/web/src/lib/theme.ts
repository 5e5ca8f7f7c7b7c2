// Dark or light: the wall is dark unless told otherwise, everything else follows the device.
import { signal } from "@preact/signals";

type Theme = "auto" | "dark" | "light";
export const theme = signal<Theme>((localStorage.getItem("lw.theme") as Theme) || "auto");

export function applyTheme(onWall: boolean): void {
	const dark =
		theme.value === "dark" ||
		(theme.value === "auto" && (onWall || matchMedia("(prefers-color-scheme: dark)").matches));
	const root = document.documentElement;
	root.dataset.theme = dark ? "dark" : "light";
	root.classList.toggle("of-wall", onWall);
	document
		.querySelector('meta[name="theme-color"]')
		?.setAttribute("content", dark ? "#0d1014" : "#f6f7f9");
}

export function nextTheme(): void {
	const order: Theme[] = ["auto", "dark", "light"];
	theme.value = order[(order.indexOf(theme.value) + 1) % order.length];
	localStorage.setItem("lw.theme", theme.value);
}
