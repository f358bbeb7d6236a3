// The seven bars, the model's known accuracy, and what a screen reader is told.

const QUIET_FOR = 2000; // milliseconds between two things that a screen reader is told of a video

const whole = (share) => (share * 100).toFixed(0);
const exact = (share) => (share * 100).toFixed(1);
export const percent = (share) => `${whole(share)}\u00a0%`; // never broken before its sign

export class Results {
  constructor(document, classes) {
    this.classes = classes;
    this.document = document;
    this.find = (id) => document.getElementById(id);
    this.rows = classes.map((name) => this.row(name));
    this.told = { text: "", at: -QUIET_FOR };
  }

  row(name) {
    const row = this.find("bars").insertRow();
    row.innerHTML = `<th scope="row"></th><td class="bar" aria-hidden="true"><div><i></i></div></td>
      <td class="share">–</td><td class="recall">–</td>`;
    row.cells[0].textContent = name;
    return row;
  }

  /** Tell what is known of a model: an entry of models.json. */
  know(model) {
    this.model = model;
    const { accuracy, recall = {} } = model;
    this.find("accuracy").textContent = accuracy
      ? `Right for ${exact(accuracy.value)}\u00a0% of ` +
        `${accuracy.faces.toLocaleString("en")} validation faces (95\u00a0%: ` +
        `${exact(accuracy.low)} to ${exact(accuracy.high)}\u00a0%). People: about 65\u00a0%.`
      : "How often it is right has not been measured.";
    this.rows.forEach((row, k) => {
      const known = recall[this.classes[k]];
      row.cells[3].textContent = known ? percent(known.value) : "–";
      if (!known) return;
      const range = this.document.createElement("small");
      range.textContent = `${whole(known.low)} to ${percent(known.high)}`;
      row.cells[3].append(" ", range);
    });
  }

  /** Show the probabilities of a face, or that there is none. */
  show(face) {
    this.rows.forEach((row, k) => {
      const share = face ? face.probabilities[k] : 0;
      row.classList.toggle("best", face?.best === k);
      row.querySelector("i").style.width = `${share * 100}%`;
      row.cells[2].textContent = face ? percent(share) : "–";
      row.dataset.probability = face ? share : "";
    });
    this.find("verdict").textContent = face ? this.label(face) : "No face";
    const known = face && this.model.recall?.[this.classes[face.best]];
    this.find("trust").textContent = known
      ? `${this.model.name} recognises ${percent(known.value)} of the faces that people call ` +
        `${this.classes[face.best]}.`
      : "";
  }

  label(face) {
    return `${this.classes[face.best]} ${percent(face.probabilities[face.best])}`;
  }

  /** Show how long this picture or frame took. */
  time(detecting, classifying, live) {
    const [find, tell] = [Math.round(detecting), Math.round(classifying)];
    this.find("speed").textContent =
      `${find + tell} ms ${live ? "a frame" : "for this picture"}: ` +
      `${find} to find faces, ${tell} to tell expressions.`;
  }

  /** Tell a screen reader, but not each frame of a video. */
  announce(text, live) {
    const now = performance.now();
    if (text === this.told.text || (live && now - this.told.at < QUIET_FOR)) return;
    this.told = { text, at: now };
    this.find("announcement").textContent = text;
  }
}
