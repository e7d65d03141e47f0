// Light or dark as the system says; Element Plus takes it from a class. Charts ask for colours again when it changes.
import { ref } from 'vue';

const query = matchMedia('(prefers-color-scheme: dark)');
export const dark = ref(query.matches);
const apply = () => {
  dark.value = query.matches;
  document.documentElement.classList.toggle('dark', query.matches);
};
query.addEventListener('change', apply);
apply();

export const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
