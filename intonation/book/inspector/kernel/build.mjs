// Compiles kernel.ts and writes its bytes, as text, into ../front/kernel.js (or the file named).
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd"];
const { error, stderr, binary } = await compile();
if (error) throw new Error(`${error.message}\n${stderr}`);
const target = process.argv[2] ?? here("../front/kernel.js");
const text = Buffer.from(binary).toString("base64").replace(/.{1,96}/g, '  "$&",\n');
writeFileSync(target, `// Made of kernel/kernel.ts by "npm run build" there; ${binary.length} bytes of WebAssembly.
const IntonationKernel = [
${text}].join("");
`);

async function compile() {
  let binary = null;
  const process = await asc.main(["kernel.ts", "--outFile", "kernel.wasm", ...options], {
    readFile: (name) => (name === "kernel.ts" ? readFileSync(here(name), "utf8") : null),
    writeFile: (name, contents) => { if (name.endsWith(".wasm")) binary = contents; },
    listFiles: () => [],
  });
  return { error: process.error, stderr: process.stderr.toString(), binary };
}
