// The English texts. Each other language must have the same keys.
import { common, permissions, problems, roles, roleTexts, shell, signIn } from './frame.ts';
import { account, accounts, link } from './accounts.ts';
import { actions, levels, reasons, reasonTexts, states } from './status.ts';
import { analytics } from './analytics.ts';
import { audit, keys, me, team, workspace } from './team.ts';
import { conversations, events, messageStates, messageTypes, waiting, webhooks } from './work.ts';

export const en = {
  common, shell, signIn, roles, roleTexts, permissions, problems,
  accounts, link, account,
  states, levels, reasons, reasonTexts, actions,
  conversations, messageStates, messageTypes, waiting, webhooks, events, analytics,
  team, keys, audit, workspace, me,
};
