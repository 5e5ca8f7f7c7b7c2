declare module "lang:vi" {
	const words: Record<string, string>;
	export default words;
}
declare module "lang:en" {
	const words: Record<string, string>;
	export default words;
}
declare module "*.css";
