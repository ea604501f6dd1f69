// Short messages that say what was done or what went wrong.
import { asRefusal } from '../api/refusal.ts';

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'wrong';
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  done(text: string) {
    this.#show(text, 'done', 5_000);
  }

  /** Shows what went wrong. There is no form that could show the errors of single fields. */
  wrong(thrown: unknown) {
    const refusal = asRefusal(thrown);
    this.refused(refusal.beyond([]) ?? refusal.sentence);
  }

  /** Shows why something was not done. */
  refused(why: string) {
    this.#show(why, 'wrong', 9_000);
  }

  dismiss(id: number) {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #show(text: string, kind: Toast['kind'], ms: number) {
    const id = this.#next++;
    this.list = [...this.list.slice(-2), { id, text, kind }];
    setTimeout(() => this.dismiss(id), ms);
  }
}

export const toasts = new Toasts();

/** Runs `work`, and shows how it ended. Returns true if it succeeded. */
export async function attempt(work: () => Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work();
    if (done) toasts.done(done);
    return true;
  } catch (thrown) {
    toasts.wrong(thrown);
    return false;
  }
}
