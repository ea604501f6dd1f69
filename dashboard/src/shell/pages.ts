// All pages: which one an address opens, and which permission it needs. The code of a page is downloaded when it
// is first opened.
import type { Component } from 'svelte';
import type { Permission } from '../api/model.ts';

export interface PageEntry {
  load: () => Promise<{ default: Component<{ path: string[] }> }>;
  needs?: Permission;
}

const pages: Record<string, PageEntry> = {
  accounts: { load: () => import('../pages/accounts/Accounts.svelte') },
  link: { load: () => import('../pages/link/Link.svelte'), needs: 'whatsapp:connect' },
  account: { load: () => import('../pages/account/Account.svelte') },
  conversations: { load: () => import('../pages/conversations/Conversations.svelte'), needs: 'messages:read' },
  webhooks: { load: () => import('../pages/webhooks/Webhooks.svelte'), needs: 'webhooks:manage' },
  analytics: { load: () => import('../pages/analytics/Analytics.svelte') },
  events: { load: () => import('../pages/events/Events.svelte') },
  members: { load: () => import('../pages/team/Members.svelte'), needs: 'members:manage' },
  keys: { load: () => import('../pages/keys/Keys.svelte'), needs: 'keys:manage' },
  audit: { load: () => import('../pages/audit/Audit.svelte'), needs: 'audit:read' },
  workspace: { load: () => import('../pages/workspace/Workspace.svelte') },
  me: { load: () => import('../pages/me/Me.svelte') },
};

export function pageOf(path: string[]): PageEntry | undefined {
  return pages[path[0] ?? 'accounts'];
}
