/**
 * Compares two times of the API for a list with the newest first. As texts they do not compare: whole seconds have no fraction,
 * and "51Z" stands behind "51.9Z".
 */
export function newestFirst(a: string, b: string): number {
  return Date.parse(b) - Date.parse(a);
}
