// All texts of the dashboard. English is part of the first download. Another language is downloaded when it is
// chosen.
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
      // The browser may not allow storage. Then the next visit begins with the browser's language.
    }
  }

  /** The locale for dates and numbers: the browser's own variant of the language, if it has one. */
  get locale(): string {
    return navigator.languages.find((tag) => tag.split('-')[0] === this.language) ?? (this.language === 'pt' ? 'pt-BR' : 'en');
  }
}

export const spoken = new Spoken();

/** The texts in the current language. */
export const t = (): Words => spoken.words;

export async function startLanguage() {
  let wanted: string | null | undefined;
  try {
    wanted = localStorage.getItem(KEY);
  } catch {
    // The browser may not allow storage. Then use the browser's language.
  }
  wanted ??= navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag === 'en' || tag === 'pt');
  if (wanted === 'pt') await spoken.set('pt').catch(() => undefined);
}
