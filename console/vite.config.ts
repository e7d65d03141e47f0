import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

// Nothing is put inline: the service answers with a policy that allows only what comes from itself.
export default defineConfig({
  plugins: [vue()],
  build: {
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    target: 'es2022',
    rollupOptions: { output: { manualChunks: { charts: ['echarts/core', 'echarts/charts', 'echarts/components', 'echarts/renderers'] } } },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/evidence': 'http://127.0.0.1:8080' } },
});
