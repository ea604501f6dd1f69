// A short name for a browser and its system, from the `User-Agent` header.

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux|X11/, 'Linux'],
];

export function browserName(agent: string | null): string | null {
  if (!agent) return null;
  const found = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1];
  const browser = found(BROWSERS);
  const system = found(SYSTEMS);
  return browser ? (system ? `${browser} · ${system}` : browser) : agent.slice(0, 60);
}
