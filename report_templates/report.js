// The filter, and cards that open when a link leads to them. The report is complete without it.
(function () {
  "use strict";
  var form = document.getElementById("filter");
  var facets = JSON.parse(document.getElementById("facets").textContent);
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr.row, details.card"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var rules = document.querySelectorAll("tr.row").length;
  var cards = rows.length - rules;
  var fields = {};

  ["text", "status", "severity", "rule", "tenant"].forEach(function (name) {
    fields[name] = document.getElementById("filter-" + name);
  });

  function offer(name) {
    facets[name].forEach(function (entry) {
      var option = document.createElement("option");
      option.value = entry[0];
      option.textContent = entry[1];
      fields[name].appendChild(option);
    });
  }

  function apply() {
    var words = fields.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = { row: 0, card: 0 };
    rows.forEach(function (row, place) {
      var keep = ["status", "severity", "rule", "tenant"].every(function (name) {
        return !fields[name].value || row.getAttribute("data-" + name) === fields[name].value;
      }) && words.every(function (word) { return texts[place].indexOf(word) !== -1; });
      row.classList.toggle("filtered", !keep);
      if (keep) { shown[row.tagName === "TR" ? "row" : "card"] += 1; }
    });
    document.querySelectorAll("table.results tbody").forEach(function (body) {
      var none = !body.querySelector("tr.row:not(.filtered)");
      body.classList.toggle("filtered", none);
    });
    document.querySelectorAll("[data-tenant-section]").forEach(function (section) {
      var other = fields.tenant.value && section.getAttribute("data-tenant-section") !== fields.tenant.value;
      section.classList.toggle("filtered", Boolean(other));
      if (fields.tenant.value && !other && section.tagName === "DETAILS") { section.open = true; }
    });
    document.getElementById("filter-count").textContent =
      shown.row + " of " + rules + " results, " + shown.card + " of " + cards + " findings";
  }

  function reveal() {
    var target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))); } catch (error) { return; }
    if (!target) { return; }
    if (target.closest(".filtered")) { form.reset(); apply(); }
    for (var place = target; place; place = place.parentElement) {
      if (place.tagName === "DETAILS") { place.open = true; }
    }
    target.scrollIntoView();
  }

  var folded = [];
  window.addEventListener("beforeprint", function () {
    folded = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    folded.forEach(function (part) { part.open = true; });
  });
  window.addEventListener("afterprint", function () {
    folded.forEach(function (part) { part.open = false; });
  });

  offer("rule");
  offer("tenant");
  if (facets.tenant.length < 2) { document.getElementById("filter-tenant-label").hidden = true; }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(apply, 0); });
  window.addEventListener("hashchange", reveal);
  apply();
  reveal();
})();
