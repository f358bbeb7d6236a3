// The picture, the boxes on it, and the message below.

const YELLOW = "#ffc800";
const DARK = "#0a0c0f";

export class Stage {
  constructor(document) {
    this.frame = document.getElementById("stage");
    this.picture = document.getElementById("picture");
    this.boxes = document.getElementById("boxes");
    this.message = document.getElementById("message");
  }

  say(text) {
    if (this.message.textContent !== text) this.message.textContent = text;
  }

  /** Show a picture; the camera's are mirrored, as people know their faces. */
  show(picture, mirrored) {
    this.mirrored = mirrored;
    for (const canvas of [this.picture, this.boxes]) {
      canvas.width = picture.width;
      canvas.height = picture.height;
    }
    const context = this.picture.getContext("2d");
    context.putImageData(picture, 0, 0);
    if (mirrored) {
      context.setTransform(-1, 0, 0, 1, picture.width, 0);
      context.globalCompositeOperation = "copy";
      context.drawImage(this.picture, 0, 0);
    }
  }

  /** Clear what is shown, for the camera to be seen. */
  clear(width, height) {
    this.mirrored = true;
    if (this.boxes.width !== width) this.boxes.width = width;
    if (this.boxes.height !== height) this.boxes.height = height;
    this.boxes.getContext("2d").clearRect(0, 0, width, height);
    this.picture.width = 1;
    this.picture.height = 1;
  }

  describe(text) {
    this.picture.setAttribute("aria-label", text);
  }

  /** Draw a box around each face, the chosen one's in bold, with its label. */
  draw(faces, chosen, labels) {
    const context = this.boxes.getContext("2d");
    const { width, height } = this.boxes;
    context.clearRect(0, 0, width, height);
    const shown = Math.max(width / this.frame.clientWidth, height / this.frame.clientHeight);
    faces.forEach((face, place) => {
      const box = this.seen(face.box);
      const bold = place === chosen;
      for (const [colour, wide] of [[DARK, bold ? 6 : 4], [YELLOW, bold ? 3 : 1.5]]) {
        context.strokeStyle = colour;
        context.lineWidth = wide * shown;
        context.beginPath();
        context.roundRect(box.left, box.top, box.width, box.height, 8 * shown);
        context.stroke();
      }
      if (bold) this.label(context, labels[place], box, shown);
    });
  }

  label(context, text, box, shown) {
    context.font = `600 ${15 * shown}px system-ui, sans-serif`;
    const wide = context.measureText(text).width + 14 * shown;
    const high = 24 * shown;
    const left = Math.min(Math.max(box.left, 0), this.boxes.width - wide);
    const top = box.top - high - 4 * shown;
    const y = top < 0 ? Math.max(box.top, 0) + 5 * shown : top;
    context.fillStyle = YELLOW;
    context.beginPath();
    context.roundRect(left, y, wide, high, 6 * shown);
    context.fill();
    context.fillStyle = DARK;
    context.textBaseline = "middle";
    context.fillText(text, left + 7 * shown, y + high / 2 + shown);
  }

  /** Where a box lies in what is seen. */
  seen(box) {
    return this.mirrored ? { ...box, left: this.boxes.width - box.left - box.width } : box;
  }
}
