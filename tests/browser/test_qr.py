"""The QR code as a browser paints it."""

import pytest
from playwright.async_api import Browser

from gateway.gateway import Gateway
from tests.gateway.client import Connect, created
from tests.gateway.site.test_qr import expected

PIXELS = """async ([url, side, scale]) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), {width: side * scale, height: side * scale});
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0, side * scale, side * scale);
  const pixels = context.getImageData(0, 0, side * scale, side * scale).data;
  return [...Array(side * side).keys()].map((n) => {
    const [row, column] = [Math.floor(n / side), n % side].map((at) => Math.floor((at + 0.5) * scale));
    return pixels[4 * (row * side * scale + column)];
  });
}"""


@pytest.mark.parametrize("scale", [3, 10])
async def test_every_module_is_painted_black_or_white_in_its_place(
    gateway: Gateway, connect: Connect, browser: Browser, scale: int
) -> None:
    code, _ = await created(await connect())
    side, dark = expected(f"{gateway.url}/listen/{code}")
    page = await browser.new_page()
    await page.goto(gateway.url)
    found = await page.evaluate(PIXELS, [f"/api/sessions/{code}/qr.svg", side, scale])
    assert found == [0 if divmod(n, side) in dark else 255 for n in range(side * side)]
