// The camera, frame by frame.

import { expected } from "./messages.js";
import { pixelsOf } from "./pictures.js";

const WANTED = {
  audio: false,
  video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } },
};

export class Camera {
  constructor(video) {
    this.video = video;
    this.stream = null;
  }

  /** Ask for the camera and show it. `ended` is called if it is disconnected. */
  async start(ended) {
    if (!navigator.mediaDevices?.getUserMedia) throw expected("NoCameraApi");
    this.stop();
    this.stream = await navigator.mediaDevices.getUserMedia(WANTED);
    this.stream.getVideoTracks()[0].addEventListener("ended", ended);
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    await this.video.play();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
    this.video.hidden = true;
  }

  /** Wait until the browser draws again, which it does not for a page that nobody sees. */
  async frame() {
    const seen = this.video.currentTime;
    await new Promise((resume) => setTimeout(resume)); // whatever else waits has a turn
    do {
      await new Promise(requestAnimationFrame);
    } while (this.stream && (this.video.currentTime === seen || !this.video.videoWidth));
    return this.stream && pixelsOf(this.video, this.video.videoWidth, this.video.videoHeight);
  }
}
