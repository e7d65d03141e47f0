// The present, for what is shown as "since": it moves every ten seconds.
import { ref } from 'vue';

export const now = ref(new Date());
setInterval(() => (now.value = new Date()), 10_000);
