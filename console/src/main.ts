import { createApp } from 'vue';
import App from './App.vue';
import { secret } from './api/client';
import { installElements } from './elements';
import { router } from './router';
import { forget } from './session';
import './styles.css';
import './theme';
import { i18n } from './words';

secret.onLoggedOut = () => {
  forget();
  void router.push({ name: 'login', query: { to: router.currentRoute.value.fullPath, again: '1' } });
};
const app = createApp(App);
installElements(app);
app.use(i18n).use(router).mount('#app');
