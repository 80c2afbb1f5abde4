// exchanges.js: lists requests and the status of their answers, for visitors of the demo. Leave it out of yours.
const list = document.getElementById("exchanges");
const { fetch } = window;

window.fetch = async (path, options = {}) => {
  const answer = await fetch(path, options);
  const line = document.createElement("li");
  line.textContent = `${options.method ?? "GET"} ${path} → ${answer.status}`;
  list.prepend(line);
  return answer;
};
