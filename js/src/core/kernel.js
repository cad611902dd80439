// Whether the kernel that made a widget is still there, as far as a page is told. A widget that has lost it never gets it back.

const ENDING = ["restarting", "autorestarting", "terminating", "dead"];
export const GONE = "The kernel was restarted or has ended: run the cell again. What is shown here is from before.";
export const SILENT = "no word from the kernel: it is busy with a cell, or was restarted; if it was, run the cell again";

export class Kernel {
  /** @param model of the widget; @param el its element, which Jupyter marks; @param lost called once, when the kernel is gone */
  constructor(model, el, lost) {
    const said = () => {
      if (this.gone) return;
      this.gone = true;
      lost();
    };
    const changed = (_, status) => ENDING.includes(status) && said();
    // Jupyter's widget manager says so when a kernel is restarted by hand, the kernel itself when it dies, is shut down or changed.
    model.on("comm_live_update", said);
    const { statusChanged, disposed } = model.widget_manager?.kernel ?? {};
    statusChanged?.connect?.(changed);
    disposed?.connect?.(said);
    this.close = () => {
      model.off("comm_live_update", said);
      statusChanged?.disconnect?.(changed);
      disposed?.disconnect?.(said);
    };
    // A view that is made only after that finds the mark alone.
    if (el.closest?.(".jupyter-widgets-disconnected")) said();
  }
}
