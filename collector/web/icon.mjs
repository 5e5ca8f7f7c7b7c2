// icon.mjs - the icon as PNG for systems that take no SVG: three strokes, "111", on near-black.
import * as zlib from "node:zlib";

const BACK = [13, 16, 20];
const FRONT = [67, 181, 165];

function crcOf(buf) {
	if (zlib.crc32) return zlib.crc32(buf); // newer than Node 18
	let c = ~0;
	for (const b of buf) {
		c ^= b;
		for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (0xedb88320 & -(c & 1));
	}
	return ~c >>> 0;
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	const size = Buffer.alloc(4);
	const crc = Buffer.alloc(4);
	size.writeUInt32BE(data.length);
	crc.writeUInt32BE(crcOf(body) >>> 0);
	return Buffer.concat([size, body, crc]);
}

/** Is the point (in units of 64) on one of the three strokes or their flags? */
function lit(x, y) {
	return [18, 32, 46].some((c) => {
		const stem = Math.abs(x - c) <= 2.5 && y >= 18 && y <= 46;
		const flag = y >= 18 && y <= 25 && x <= c && x >= c - 6 && y - 18 >= (c - x) * 0.7 && y - 18 <= (c - x) * 0.7 + 5;
		return stem || flag;
	});
}

export function drawIcon(size) {
	const rows = [];
	for (let y = 0; y < size; y++) {
		const row = Buffer.alloc(1 + size * 3);
		for (let x = 0; x < size; x++) {
			const on = lit(((x + 0.5) * 64) / size, ((y + 0.5) * 64) / size);
			row.set(on ? FRONT : BACK, 1 + x * 3);
		}
		rows.push(row);
	}
	const head = Buffer.alloc(13);
	head.writeUInt32BE(size, 0);
	head.writeUInt32BE(size, 4);
	head.set([8, 2, 0, 0, 0], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		chunk("IHDR", head),
		chunk("IDAT", zlib.deflateSync(Buffer.concat(rows), { level: 9 })),
		chunk("IEND", Buffer.alloc(0)),
	]);
}
