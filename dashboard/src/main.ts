// The dashboard's entry: loads style, language and theme first, then the app.
import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { startLanguage } from './i18n/index.svelte.ts';
import { startTheme } from './lib/theme.svelte.ts';

startTheme();
await startLanguage();
mount(App, { target: document.getElementById('app')! });
