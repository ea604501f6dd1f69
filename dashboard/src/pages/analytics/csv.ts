// Saves the figures on the page as CSV files. The files have the same period and the same steps as the page.
import { api, ask } from '../../api/client.ts';
import type { AccountsAnalytics } from '../../api/model.ts';
import type { Step } from './periods.ts';

type Period = AccountsAnalytics['period'];
/** The account that the page shows; null if it shows all accounts. */
type Account = { accountId: string; displayName: string } | null;

const AS_CSV = { headers: { Accept: 'text/csv' }, parseAs: 'blob' } as const;

/**
 * Saves how accounts were connected. There is a row for each account. If the page shows one account, there is a
 * row for each hour, day or week.
 */
export async function saveConnections(account: Account, period: Period) {
  const query = queryOf(period);
  if (!account) return save('accounts', account, period, await ask(api.GET('/api/v1/analytics/accounts', { params: { query }, ...AS_CSV })));
  const path = { accountId: account.accountId };
  save('account', account, period, await ask(api.GET('/api/v1/analytics/accounts/{accountId}', { params: { path, query }, ...AS_CSV })));
}

/** Saves what became of messages, with rows for each hour, day or week. */
export async function saveMessages(account: Account, period: Period) {
  const query = { ...queryOf(period), ...(account ? { accountId: account.accountId } : {}) };
  save('messages', account, period, await ask(api.GET('/api/v1/analytics/messages', { params: { query }, ...AS_CSV })));
}

function queryOf({ from, to, step }: Period) {
  return { from, to, step: step as Step };
}

/** Saves a file from memory with the browser's download function. */
function save(what: string, account: Account, period: Period, file: Blob) {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(what, account, period);
  link.click();
  // Some browsers read the file a while after the click, so keep the URL for a minute.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * The file's name, such as `analytics-accounts-2026-11-01-2026-11-29.csv`. The two dates are the first and the
 * last day of the period in the workspace's time zone.
 */
function fileName(what: string, account: Account, { from, to, timeZone }: Period): string {
  // The Swedish locale formats dates as in ISO 8601, such as 2026-01-31.
  const day = (moment: number) => new Intl.DateTimeFormat('sv', { timeZone }).format(moment);
  const name = account?.displayName.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu)?.join('-');
  return ['analytics', what, name, day(Date.parse(from)), day(Date.parse(to) - 1)].filter(Boolean).join('-') + '.csv';
}
