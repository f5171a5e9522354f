// The case of every kit, in millimetres. Its values are given by `make hardware` (hardware/generate/case.py) from the
// board file; these are there to look at it alone. Print body and panel flat, without supports, 0.2 mm layers.
part = "picture";       // body, panel, picture
pi = "4";               // "4", "3B+" or "Zero 2 W"
columns = 4;
fitted = [[1,1,1,1],[1,1,1,1],[1,1,1,1],[1,1,1,1],[1,1,1,1],[1,1,1,1]];    // from the display down; 1 where a key is
lamps = 4;
window = [57, 29];      // what is seen of the display
module_size = [72, 43]; // its board
cradle = true;          // a rest for a handset with a hook switch
deep_mm = 0;            // room for a battery board below the Pi

wall = 2.4;
plate = 3;
pitch = 16;
hole = 12.6;            // of a key cap
margin = 12;
zero = pi == "Zero 2 W";
pi_size = zero ? [65, 30] : [85, 56];
pi_holes = zero ? [[3.5, 3.5], [61.5, 3.5], [3.5, 26.5], [61.5, 26.5]] : [[3.5, 3.5], [61.5, 3.5], [3.5, 52.5], [61.5, 52.5]];
rows = len(fitted);
rest = cradle ? 66 : 0;
lamp_band = 12;
face = max(columns * pitch, module_size[0]) + 2 * margin;
width = zero ? max(rest + face, pi_size[0] + 26) : rest + face;
length = margin + lamp_band + module_size[1] + rows * pitch + (rows > 0 ? 6 : 0) + margin;
front = rows > 0 ? 26 : 24;
rear = (rows > 0 ? 52 : 24) + deep_mm;
depth = sqrt(length * length - (rear - front) * (rear - front));
slope = atan2(rear - front, depth);
$fn = 32;

module post(at, bore) translate([at[0], at[1], 0]) difference() {
    cylinder(d = 8, h = rear);
    translate([0, 0, wall]) cylinder(d = bore, h = rear);
}

module side() polygon([[0, 0], [depth, 0], [depth, rear], [0, front]]);
module wedge() rotate([90, 0, 90]) linear_extrude(width) side();
// A large Pi fills the right rear corner: its screws are beside and before it.
corners = concat([[7, 7], [width - 7, 7], [7, depth - 7]],
    zero ? [[width - 7, depth - 7]] : [[width - 68, depth - 7], [width - 7, depth - 97]]);

module pi_place() {
    // Its sockets look out of the rear; a large Pi's supply looks out of the right.
    if (zero) translate([width / 2 + pi_size[0] / 2, depth - wall - 1, 0]) rotate(180) children();
    else translate([width - wall - 1.5, depth - wall - 1 - pi_size[0], 0]) rotate(90) children();
}

module standoffs() pi_place() for (h = pi_holes) translate([h[0], h[1], 0]) difference() {
    cylinder(d = 6, h = wall + 6 + max(0, deep_mm - 8)); // a battery board carries the Pi 8 mm higher
    translate([0, 0, wall]) cylinder(d = 2.1, h = rear);
}

module sockets() {
    level = wall + 6 + deep_mm + 1.4;
    if (zero) pi_place() translate([5, -20, level - 1]) cube([55, 25, 8]);
    else {
        pi_place() translate([60, 1, level - 1]) cube([60, 54, 18]);
        pi_place() translate([5, -20, level - 1]) cube([52, 25, 9]);
        // cords of handset and battery
        for (x = [20, 36]) translate([x, depth - 10, 10]) rotate([-90, 0, 0]) cylinder(d = 9, h = 20);
    }
}

module body() difference() {
    union() {
        difference() {
            wedge();
            translate([wall, wall, wall]) cube([width - 2 * wall, depth - 2 * wall, rear]);
        }
        intersection() { wedge(); for (c = corners) post(c, 2.8); }
        intersection() { wedge(); standoffs(); }
    }
    sockets();
    // air
    for (x = [0.3 : 0.08 : 0.7]) translate([width * x, depth * 0.25, -1]) cube([3, depth * 0.3, 10]);
}

// On the panel, y runs from the front edge up.
top = length - margin - lamp_band;
middle = rest + (width - rest) / 2;
function key_at(row, column) = [middle + (column - (columns - 1) / 2) * pitch, top - module_size[1] - 6 - (row + 0.5) * pitch];
module keys() for (row = [0 : 1 : rows - 1]) for (column = [0 : columns - 1]) if (fitted[row][column] == 1)
    translate(key_at(row, column)) children();
module lamp_places() for (i = [0 : lamps - 1]) translate([middle + (i - (lamps - 1) / 2) * 14, top + lamp_band / 2]) children();

module cup(y, h) translate([rest / 2 + 3, y, 0]) difference() {
    translate([-29, -h / 2, 0]) round_box([58, h, plate + 7], 10);
    translate([-25, -h / 2 + 4, plate]) round_box([50, h - 8, 50], 7);
}

module round_box(size, r) linear_extrude(size[2]) translate([r, r]) offset(r) square([size[0] - 2 * r, size[1] - 2 * r]);

module panel() difference() {
    union() {
        round_box([width, length, plate], 3);
        if (cradle) { cup(length - 42, 58); cup(42, 58); }
    }
    translate([middle - window[0] / 2, top - module_size[1] / 2 - window[1] / 2, -1]) cube([window[0], window[1], 9]);
    translate([middle - module_size[0] / 2, top - module_size[1], -1]) cube([module_size[0], module_size[1], 1 + plate - 1.2]);
    keys() translate([-hole / 2, -hole / 2, -1]) cube([hole, hole, 9]);
    lamp_places() translate([0, 0, -1]) cylinder(d = 3.2, h = 9);
    // the hook switch's lever, in the upper cup
    if (cradle) translate([rest / 2, length - 49, -1]) cube([6, 14, 9]);
    for (c = corners) translate([c[0], c[1] / cos(slope), -1]) cylinder(d = 3.3, h = 20);
}

if (part == "body") body();
if (part == "panel") panel();
if (part == "picture") {
    color("#6b7f8c") body();
    translate([0, 0, front + 34]) rotate([slope, 0, 0]) {
        color("#e8e4da") panel();
        color("#15181a") translate([middle - window[0] / 2, top - module_size[1] / 2 - window[1] / 2, 0.3]) cube([window[0], window[1], 1.2]);
        color("#fbfbf7") keys() translate([-6, -6, 0]) round_box([12, 12, plate + 3], 1.5);
        color("#d9480f") lamp_places() translate([0, 0, 1]) { cylinder(d = 3, h = 3); translate([0, 0, 3]) sphere(d = 3); }
    }
    color("#2a7d4a") pi_place() translate([0, 0, wall + 6 + deep_mm]) cube([pi_size[0], pi_size[1], 1.4]);
}
