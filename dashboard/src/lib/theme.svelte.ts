// The theme: light, dark, or the setting of the computer. The choice is stored in this browser.

export type Theme = 'auto' | 'light' | 'dark';
const KEY = 'linekeeper-theme';

class Choice {
  value = $state<Theme>('auto');

  set(theme: Theme) {
    this.value = theme;
    apply(theme);
    try {
      if (theme === 'auto') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch {
      // The browser may not allow storage. Then the next visit begins with the theme of the computer.
    }
  }
}

export const theme = new Choice();

function apply(theme: Theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function startTheme() {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'light' || kept === 'dark') theme.value = kept;
  } catch {
    // The browser may not allow storage. Then use the theme of the computer.
  }
  apply(theme.value);
}
