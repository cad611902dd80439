// Our notebooks in JupyterLab's launcher. A prebuilt extension, but written by hand: nothing is bundled, nothing is
// built, and nothing is fetched but two listings from Lab's own server. Without our notebooks it adds nothing.
(() => {
  const HEADING = '# Notebooks, in reading order';
  const OPEN = 'aewidgets:open-notebook';
  let shared = {};

  // A package that Lab shares with its extensions; null where the host has no such thing, as Voila.
  async function lent(name) {
    const versions = Object.values(shared[name] ?? {});
    return versions.length ? (await versions[0].get())() : null;
  }

  // What is in the folder that holds our notebooks, which is known by its README: the server's root, as `make lab` has
  // it, or notebooks/ below that, as Binder does. Nothing is asked for that is not listed, so that no 404 is logged.
  async function ours(contents) {
    const named = (listing, name) => listing.content.find((entry) => entry.name === name);
    const top = await contents.get('', { content: true });
    const below = named(top, 'notebooks');
    const folders = [async () => top];
    if (below?.type === 'directory') folders.push(() => contents.get(below.path, { content: true }));
    for (const folder of folders) {
      const listing = await folder();
      const readme = named(listing, 'README.md');
      if (!readme) continue;
      const { content } = await contents.get(readme.path, { content: true, type: 'file', format: 'text' });
      if (!String(content).startsWith(HEADING)) continue;
      return listing.content.filter((entry) => /^\d\d[a-z]?-[\w-]+\.ipynb$/.test(entry.name));
    }
    return [];
  }

  async function activate(app, launcher, icon) {
    if (!launcher) return;
    const words = (path) => path.split('/').pop().replace(/\.ipynb$/, '').replaceAll('-', ' ');
    app.commands.addCommand(OPEN, {
      label: (args) => (args.path ? words(String(args.path)) : 'Open a notebook of aewidgets'),
      caption: (args) => `Open ${args.path ?? 'it'}`,
      icon,
      execute: (args) => app.commands.execute('docmanager:open', { path: String(args.path) }),
      describedBy: { args: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } },
    });
    const found = await ours(app.serviceManager.contents);
    found
      .sort((a, b) => a.name.localeCompare(b.name))
      .forEach(({ path }, rank) => launcher.add({ command: OPEN, args: { path }, category: 'aewidgets', rank }));
  }

  async function plugins() {
    const launcher = await lent('@jupyterlab/launcher');
    if (!launcher) return [];
    const icon = (await lent('@jupyterlab/ui-components'))?.notebookIcon;
    return [
      {
        id: 'aewidgets:launcher',
        description: "aewidgets' notebooks in the launcher.",
        autoStart: true,
        optional: [launcher.ILauncher],
        activate: (app, given) => void app.restored.then(() => activate(app, given, icon)),
      },
    ];
  }

  (window._JUPYTERLAB ??= {}).aewidgets = {
    init: async (scope) => {
      shared = scope;
    },
    get: async () => {
      const list = await plugins();
      return () => ({ __esModule: true, default: list });
    },
  };
})();
