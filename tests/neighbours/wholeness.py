"""What a browser measures of our elements, whatever theme is around them."""

from typing import Final

# Everything of ours: our own pages, our parts of Django's lists, and our cells in them.
OURS: Final = (
    ".jwtkit-page, .jwtkit-group, .jwtkit-below, .jwtkit-links, .jwtkit-badge, .jwtkit-outlook, .jwtkit-zone"
)
# A violation names the element that it came from.
SENSOR: Final = f"""addEventListener('securitypolicyviolation', (event) => {{
    const source = event.composedPath()[0];
    const words = `${{event.violatedDirective}}: ${{source.outerHTML?.slice(0, 120)}}`;
    if (source.closest?.('{OURS}')) report(words);
}});"""

FAULTS: Final = """(wants_dark) => {
    const faults = [];
    const note = (each, words) => faults.push(`${words}: ${each.outerHTML.slice(0, 120)}`);
    const is_shown = (each) => each.getClientRects().length > 0;
    const all = (places) => [...document.querySelectorAll(places)].filter(is_shown);
    const style = (each) => getComputedStyle(each);

    const pixel = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const ground = (each) => style(each).backgroundColor;
    const grounds = (each) => each ? [...grounds(each.parentElement), ground(each)] : ['white'];
    const light = (colours) => {
        for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
        const linear = (part) => part <= 10 ? part / 3295 : ((part / 255 + 0.055) / 1.055) ** 2.4;
        const [red, green, blue] = [...pixel.getImageData(0, 0, 1, 1).data].map(linear);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const has_border = (each) => {
        const around = grounds(each.parentElement), face = style(each);
        const is_drawn = parseFloat(face.borderTopWidth) >= 1 && face.borderTopStyle === 'solid';
        return is_drawn && contrast(light([...around, face.borderTopColor]), light(around)) >= 3;
    };

    if ((light(grounds(document.body)) < 0.2) !== wants_dark) faults.push('the page is in the other scheme');
    const titles = all('.jwtkit-page h1.jwtkit-title');
    if (all('.jwtkit-page').length && titles.length !== 1) faults.push(`${titles.length} titles`);
    for (const title of titles) {
        const box = title.getBoundingClientRect();
        if (!title.contains(document.elementFromPoint(box.left + 5, box.top + 5))) note(title, 'covered');
    }
    for (const field of all('.jwtkit-field :is(input[type=text], select, textarea)'))
        if (!has_border(field)) note(field, 'no border');
    for (const button of all('.jwtkit-button')) {
        const {height} = button.getBoundingClientRect();
        if (height < 30 || parseFloat(style(button).paddingLeft) < 8) note(button, 'no button');
        const is_filled = ground(button) !== ground(button.parentElement);
        if (button.matches('.jwtkit-back') ? !has_border(button) : !is_filled) note(button, 'not drawn');
    }
    const harmless = all('.jwtkit-button:not(.jwtkit-danger)').map(ground);
    for (const button of all('.jwtkit-button.jwtkit-danger'))
        if (harmless.includes(ground(button))) note(button, 'danger looks harmless');
    for (const part of all('.jwtkit-page, .jwtkit-group, .jwtkit-below, .jwtkit-table, .jwtkit-buttons, pre'))
        if (part.scrollWidth > part.clientWidth + 1 || part.getBoundingClientRect().right > innerWidth + 1)
            note(part, `cut off at ${innerWidth} px`);
    return faults;
}"""
