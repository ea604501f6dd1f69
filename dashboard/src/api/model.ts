// Short names for types of the API description. Also types for those parts of messages and events that the API
// description does not describe in detail.
import type { components } from './schema.ts';

type Schemas = components['schemas'];

export type Account = Schemas['Account'];
export type AccountHealth = Schemas['Health'];
export type AccountAnalytics = Schemas['AccountAnalytics'];
export type AccountsAnalytics = Schemas['AccountsAnalytics'];
export type ApiKey = Schemas['ApiKey'];
export type AuditEntry = Schemas['AuditEntry'];
export type Chat = Schemas['Chat'];
export type ConnectionFigures = Schemas['ConnectionFigures'];
export type Delivery = Schemas['WebhookDelivery'];
export type DeliveryDetails = Schemas['WebhookDeliveryDetails'];
export type Attempt = Schemas['WebhookAttempt'];
export type HealthPeriod = Schemas['HealthPeriod'];
export type Invitation = Schemas['Invitation'];
export type Member = Schemas['Member'];
export type MessagesAnalytics = Schemas['MessagesAnalytics'];
export type Person = Schemas['Person'];
export type Problem = Schemas['Problem'];
export type ProxyTestResult = Schemas['ProxyTestResult'];
export type Queue = Schemas['Queue'];
export type SignInState = Schemas['SignInState'];
export type TimelineEntry = Schemas['TimelineEntry'];
export type User = Schemas['User'];
export type Webhook = Schemas['Webhook'];
export type Workspace = Schemas['Workspace'];
export type Status = Account['status'];
export type Role = User['role'];
export type Permission = Schemas['Me']['permissions'][number];
export type ConnectionState = Status['state'];
export type HealthLevel = Account['healthStatus'];
export type EventType = Schemas['Event']['type'];

/** An event, as the API, webhooks and live connections deliver it. */
export interface LiveEvent {
  id: string;
  /** Null for a transient event, which is not stored in the log. */
  seq: number | null;
  type: string;
  workspaceId: string;
  accountId: string | null;
  occurredAt: string;
  data: Record<string, unknown>;
}

/** The file in a message: the object of an image, a video, a document and so on. */
export interface MediaObject {
  mediaId?: string | null;
  mimeType?: string | null;
  size?: number | null;
  fileName?: string | null;
  caption?: string | null;
  width?: number | null;
  height?: number | null;
  durationSeconds?: number | null;
  state?: string;
}

/** A message, with the object that `type` names. */
export type Message = Omit<Schemas['Message'], 'failure' | 'waiting' | 'replyTo' | 'reactions'> & {
  text?: { body: string };
  failure: { code: string; message: string; action: string; whatsappCode: number | null } | null;
  waiting: { reason: string; until: string | null } | null;
  replyTo: { messageId: string | null; sender: Person | null; type: string; preview: string | null } | null;
  reactions: { sender: Person; emoji: string; at: string }[];
} & Record<string, unknown>;
