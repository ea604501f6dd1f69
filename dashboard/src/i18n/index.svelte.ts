// All texts that people read. English is in the first download; another language is fetched when it is chosen.
import { en } from './en/index.ts';

export type Words = typeof en;
export type Language = 'en' | 'pt';

const KEY = 'linekeeper-language';
const others: Record<Exclude<Language, 'en'>, () => Promise<Words>> = {
  pt: async () => (await import('./pt/index.ts')).pt,
};

class Spoken {
  language = $state<Language>('en');
  words = $state.raw<Words>(en);

  async set(language: Language) {
    this.words = language === 'en' ? en : await others[language]();
    this.language = language;
    document.documentElement.lang = this.locale;
    try {
      localStorage.setItem(KEY, language);
    } catch {
      // If the browser cannot store the choice, the machine's language is used again next time.
    }
  }

  /** For dates and numbers: the machine's own variant of the language. */
  get locale(): string {
    return navigator.languages.find((tag) => tag.split('-')[0] === this.language) ?? (this.language === 'pt' ? 'pt-BR' : 'en');
  }
}

export const spoken = new Spoken();

/** The words, in the language that is chosen. */
export const t = (): Words => spoken.words;

export async function startLanguage() {
  let wanted: string | null | undefined;
  try {
    wanted = localStorage.getItem(KEY);
  } catch {
    // See above.
  }
  wanted ??= navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag === 'en' || tag === 'pt');
  if (wanted === 'pt') await spoken.set('pt').catch(() => undefined);
}
