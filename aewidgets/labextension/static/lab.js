// aewidgets in JupyterLab and Notebook: our notebooks in the launcher, and the last picture of a widget whose notebook was
// opened again without its kernel. A prebuilt extension, but written by hand: nothing is bundled, nothing is built, and
// nothing is fetched but two listings from Lab's own server. Without our notebooks and widgets it adds nothing.
(() => {
  const OURS = 'application/vnd.aewidgets.view+json'; // beside the next one in the outputs of our widgets alone
  const VIEW = 'application/vnd.jupyter.widget-view+json';
  const PATIENCE = 1500; // milliseconds in which a widget that is there has been drawn
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

  // A renderer that draws the widget as ipywidgets does, and while there is none, and where there is none any more, the
  // picture that is saved in the same output.
  function drawnOrStill(Panel, rendermime) {
    return class extends Panel {
      constructor() {
        super();
        this.live = rendermime.createRenderer(VIEW);
        this.addWidget(this.live);
        this.still = null;
      }

      async renderModel(model) {
        const look = () => void this.look(model);
        this.observer = new MutationObserver(look);
        this.observer.observe(this.live.node, { childList: true, characterData: true, subtree: true });
        this.waiting = setTimeout(look, PATIENCE);
        await this.live.renderModel(model);
      }

      // Until ipywidgets has put a view there, its node holds a text: that it loads, or that there is no such widget.
      async look(model) {
        const words = this.live.node.childElementCount === 0 ? this.live.node.textContent : '';
        const missing = words !== '' && words !== 'Loading widget...';
        if (words && !this.still && (missing || performance.now() - this.begun > PATIENCE)) await this.picture(model);
        if (!words && this.still) {
          this.still.dispose();
          this.still = null;
        }
        this.live.setHidden(Boolean(words && this.still));
      }

      async picture(model) {
        const type = ['text/html', 'image/png'].find((name) => name in model.data);
        if (!type) return;
        this.still = rendermime.createRenderer(type);
        this.still.addClass('aewidgets-still');
        this.addWidget(this.still);
        await this.still.renderModel(model);
        const hint = document.createElement('p');
        hint.textContent = 'The widget as it was when the notebook was saved. Run the cell to use it.';
        this.still?.node.prepend(hint);
      }

      begun = performance.now();

      dispose() {
        this.observer?.disconnect();
        clearTimeout(this.waiting);
        super.dispose();
      }
    };
  }

  async function reopened(tracker) {
    const lumino = await lent('@lumino/widgets');
    if (!tracker || !lumino) return;
    const add = ({ content: { rendermime } }) => {
      const Renderer = drawnOrStill(lumino.Panel, rendermime);
      const factory = { safe: false, mimeTypes: [OURS], createRenderer: () => new Renderer() };
      rendermime.addFactory(factory, -20); // ipywidgets' is -10, and the least is taken first
    };
    tracker.forEach(add);
    tracker.widgetAdded.connect((_, panel) => add(panel));
  }

  async function plugins() {
    const list = [];
    const launcher = await lent('@jupyterlab/launcher');
    const icon = (await lent('@jupyterlab/ui-components'))?.notebookIcon;
    if (launcher)
      list.push({
        id: 'aewidgets:launcher',
        description: "aewidgets' notebooks in the launcher.",
        autoStart: true,
        optional: [launcher.ILauncher],
        activate: (app, given) => void app.restored.then(() => activate(app, given, icon)),
      });
    const notebook = await lent('@jupyterlab/notebook');
    if (notebook)
      list.push({
        id: 'aewidgets:reopened',
        description: 'The last picture of a widget whose notebook was opened again without its kernel.',
        autoStart: true,
        optional: [notebook.INotebookTracker],
        activate: (app, tracker) => void reopened(tracker),
      });
    return list;
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
