import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';
import { OncePlugin } from '../../src';
import { line, type Line } from '../line';
import type { Surroundings } from '../surroundings';

const KB = 1024;
type Hook = NonNullable<BundleOptions['webpackConfigHook']>;

/** A small workflow's bundle with the plugin beside the same without: as the SDK makes it, and as little as it can be. */
export async function bundle(on: Surroundings): Promise<Line[]> {
  const { postgresUrl: postgres, schema } = on;
  const plugins = [new OncePlugin({ postgres, schema })];
  const grown = async (name: string, webpackConfigHook: Hook): Promise<Line> => {
    const size = async (options: Pick<BundleOptions, 'plugins'>): Promise<number> => {
      const { code } = await bundleWorkflowCode({
        workflowsPath: require.resolve('../plugin-workflows'),
        logger: new DefaultLogger('ERROR'),
        webpackConfigHook,
        ...options,
      });
      return Buffer.byteLength(code) / KB;
    };
    const floor = await size({});
    return line(name, { value: await size({ plugins }), unit: 'KB', floor }, { atMost: 1.5 });
  };
  return [
    await grown('bundle', (config) => config),
    await grown('bundle-without-source-map', (config) => ({ ...config, devtool: false })),
    await grown('bundle-minified', (config) => ({
      ...config,
      mode: 'production',
      devtool: false,
      optimization: { ...config.optimization, minimize: true },
    })),
  ];
}
