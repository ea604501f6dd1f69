// The content of the page as a CSV file, with the same period and steps.
import { api, ask } from '../../api/client.ts';
import type { AccountsAnalytics } from '../../api/model.ts';
import type { Step } from './periods.ts';

type Period = AccountsAnalytics['period'];
/** The one account that is shown; null where it is all of them. */
type Account = { accountId: string; displayName: string } | null;

const AS_CSV = { headers: { Accept: 'text/csv' }, parseAs: 'blob' } as const;

/** How accounts were connected: a row for each, or for each hour, day or week of the one that is shown. */
export async function saveConnections(account: Account, period: Period) {
  const query = queryOf(period);
  if (!account) return save('accounts', account, period, await ask(api.GET('/api/v1/analytics/accounts', { params: { query }, ...AS_CSV })));
  const path = { accountId: account.accountId };
  save('account', account, period, await ask(api.GET('/api/v1/analytics/accounts/{accountId}', { params: { path, query }, ...AS_CSV })));
}

/** What became of messages: rows for each hour, day or week. */
export async function saveMessages(account: Account, period: Period) {
  const query = { ...queryOf(period), ...(account ? { accountId: account.accountId } : {}) };
  save('messages', account, period, await ask(api.GET('/api/v1/analytics/messages', { params: { query }, ...AS_CSV })));
}

function queryOf({ from, to, step }: Period) {
  return { from, to, step: step as Step };
}

/** Gives the browser a file, as if it had been downloaded from an address. */
function save(what: string, account: Account, period: Period, file: Blob) {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(what, account, period);
  link.click();
  // Some browsers read the file only after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** `analytics-accounts-2026-11-01-2026-11-29.csv`: both days belong to the period, by the workspace's calendar. */
function fileName(what: string, account: Account, { from, to, timeZone }: Period): string {
  // Swedish dates have the format of ISO 8601.
  const day = (moment: number) => new Intl.DateTimeFormat('sv', { timeZone }).format(moment);
  const name = account?.displayName.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu)?.join('-');
  return ['analytics', what, name, day(Date.parse(from)), day(Date.parse(to) - 1)].filter(Boolean).join('-') + '.csv';
}
