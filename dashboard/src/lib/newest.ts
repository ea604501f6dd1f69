/**
 * Compares two times of the API, for a list with the newest entry first. They cannot be compared as text: whole
 * seconds have no fraction, so "51Z" would come after "51.9Z".
 */
export function newestFirst(a: string, b: string): number {
  return Date.parse(b) - Date.parse(a);
}
