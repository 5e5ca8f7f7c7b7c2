/** The pages that a person goes to by name, in the order of the bar. */
export const NAV: [string, string][] = [
	["/", "nav.wall"],
	["/incidents", "nav.incidents"],
	["/uptime", "nav.uptime"],
	["/report", "nav.report"],
	["/maintenance", "nav.maintenance"],
	["/quality", "nav.quality"],
	["/oncall", "nav.oncall"],
	["/setup", "nav.setup"],
];
