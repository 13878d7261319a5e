"""Layers and calls of torch with the sizes of their input: what the differential tests run on both sides.

Each case is one line: what stands in the constructor or in `forward`, and the sizes of `x` (and `y`), batch included.
"""

from __future__ import annotations

# constructor of a layer | sizes of x | kind, where the ONNX file has more than one node or another word for it
LAYERS = """
nn.Linear(6, 4) | 2,6
nn.Linear(6, 4, bias=False) | 2,5,6
nn.LazyLinear(4) | 2,6 | linear
nn.Bilinear(6, 6, 3) | 2,6 | !linear
nn.Identity() | 2,6
nn.Identity(54, unused_argument1=0.1) | 2,6
nn.Conv1d(3, 8, 3) | 2,3,9
nn.Conv2d(3, 8, 3, padding=1) | 2,3,9,8
nn.Conv2d(3, 8, (3, 5), stride=2, padding=(1, 2), bias=False) | 2,3,9,8
nn.Conv2d(4, 8, 3, padding="same", dilation=2) | 2,4,9,8 | !conv
nn.Conv2d(4, 8, 3, padding="valid", groups=2) | 2,4,9,8
nn.Conv2d(4, 4, 3, 1, 1, 1, 4, False) | 2,4,9,8
nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect") | 2,4,9,8 | !conv
nn.Conv3d(3, 8, 3, stride=(1, 2, 2)) | 2,3,5,9,8
nn.LazyConv2d(8, 3) | 2,3,9,8 | conv
nn.ConvTranspose1d(3, 8, 3, stride=2) | 2,3,9
nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1, output_padding=1) | 2,3,9,8
nn.ConvTranspose2d(4, 8, 2, 2, groups=2, bias=False) | 2,4,9,8
nn.ConvTranspose3d(3, 8, 3, dilation=2) | 2,3,5,5,5
nn.MaxPool1d(2) | 2,3,9
nn.MaxPool2d(3, stride=2, padding=1) | 2,3,9,8
nn.MaxPool2d(3, 2, ceil_mode=True) | 2,3,9,8
nn.MaxPool2d(2, ceil_mode=True) | 2,3,9,9
nn.MaxPool2d(3, 2, 1, ceil_mode=True) | 2,3,8,7
nn.MaxPool2d((2, 1), dilation=(2, 1)) | 2,3,9,8
nn.MaxPool3d(2) | 2,3,8,8,8
nn.AvgPool1d(3, 2) | 2,3,9
nn.AvgPool2d(3, 2, 1) | 2,3,9,8 | !average_pool
nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False) | 2,3,9,9
nn.AvgPool3d(2) | 2,3,8,8,8
nn.LPPool1d(2, 3) | 2,3,9 | !lp_pool
nn.LPPool2d(2, 3, stride=2) | 2,3,9,9 | !lp_pool
nn.FractionalMaxPool2d(3, output_size=(4, 3)) | 2,3,9,9 | !max_pool
nn.FractionalMaxPool2d(2, output_ratio=0.5) | 2,3,9,9 | !max_pool
nn.AdaptiveAvgPool1d(1) | 2,3,9
nn.AdaptiveAvgPool2d(1) | 2,3,9,8
nn.AdaptiveAvgPool2d((1, 1)) | 2,3,9,8
nn.AdaptiveAvgPool2d((3, 4)) | 2,3,9,8 | !adaptive_pool
nn.AdaptiveAvgPool2d((None, 4)) | 2,3,9,8 | !adaptive_pool
nn.AdaptiveAvgPool3d((1, 1, 1)) | 2,3,4,4,4
nn.AdaptiveMaxPool1d(3) | 2,3,9 | !adaptive_pool
nn.AdaptiveMaxPool2d(1) | 2,3,9,8 | !global_max_pool
nn.AdaptiveMaxPool3d(1) | 2,3,4,4,4 | !global_max_pool
nn.BatchNorm1d(6) | 2,6
nn.BatchNorm1d(6) | 2,6,5
nn.BatchNorm2d(3, eps=1e-3, momentum=0.01) | 2,3,9,8
nn.BatchNorm2d(3, affine=False) | 2,3,9,8
nn.BatchNorm2d(3, momentum=None) | 2,3,9,8 | !batch_norm
nn.BatchNorm2d(3, track_running_stats=False) | 2,3,9,8 | !batch_norm
nn.BatchNorm3d(3) | 2,3,4,4,4
nn.SyncBatchNorm(3) | 2,3,9,8 | !batch_norm
nn.LazyBatchNorm2d() | 2,3,9,8 | !batch_norm
nn.InstanceNorm1d(3) | 2,3,9
nn.InstanceNorm2d(3, affine=True) | 2,3,9,8
nn.InstanceNorm3d(3) | 2,3,4,4,4
nn.GroupNorm(2, 6) | 2,6,5,4
nn.GroupNorm(3, 6, eps=1e-3, affine=False) | 2,6,5 | !group_norm
nn.LayerNorm(6) | 2,5,6
nn.LayerNorm([5, 6], eps=1e-6) | 2,5,6
nn.LayerNorm(6, elementwise_affine=False) | 2,6
nn.LayerNorm(6, bias=False) | 2,6
nn.RMSNorm(6, eps=1e-6) | 2,5,6 | !rms_norm
nn.LocalResponseNorm(2) | 2,3,9,8 | !local_response_norm
nn.Dropout(0.3) | 2,6
nn.Dropout() | 2,3,9,8
nn.Dropout1d(0.2) | 2,3,9 | !dropout
nn.Dropout2d(0.2) | 2,3,9,8 | !dropout
nn.Dropout3d(0.2) | 2,3,4,4,4 | !dropout
nn.AlphaDropout(0.2) | 2,6 | !dropout
nn.FeatureAlphaDropout(0.2) | 2,6,5 | !dropout
nn.ReLU() | 2,6
nn.ReLU(inplace=True) | 2,6
nn.ReLU6() | 2,6
nn.Hardtanh() | 2,6
nn.Hardtanh(0, 4) | 2,6
nn.Hardtanh(-2, 3) | 2,6
nn.LeakyReLU(0.2) | 2,6
nn.LeakyReLU() | 2,6
nn.RReLU() | 2,6 | !leaky_relu
nn.PReLU() | 2,6
nn.PReLU(6) | 2,6
nn.ELU(0.7) | 2,6
nn.SELU() | 2,6
nn.CELU(0.7) | 2,6
nn.GELU() | 2,6
nn.GELU("tanh") | 2,6
nn.SiLU() | 2,6
nn.Mish() | 2,6
nn.Hardswish() | 2,6
nn.Sigmoid() | 2,6
nn.Hardsigmoid() | 2,6
nn.Tanh() | 2,6
nn.Softplus() | 2,6
nn.Softsign() | 2,6
nn.Softmax(dim=1) | 2,6
nn.Softmax(dim=-1) | 2,5,6
nn.Softmax2d() | 2,3,9,8 | !softmax
nn.LogSoftmax(dim=1) | 2,6
nn.LogSigmoid() | 2,6
nn.Hardshrink(0.3) | 2,6 | !shrink
nn.Softshrink(0.3) | 2,6 | !shrink
nn.Tanhshrink() | 2,6 | !shrink
nn.Threshold(0.1, 20) | 2,6 | !other_activation
nn.Threshold(0.1, 0) | 2,6 | !threshold
nn.Threshold(0, 0) | 2,6 | !relu
nn.GLU() | 2,6 | !glu
nn.GLU(dim=1) | 2,6,5 | !glu
nn.Flatten() | 2,3,9,8
nn.Flatten(2) | 2,3,9,8
nn.Flatten(1, 2) | 2,3,9,8
nn.Unflatten(1, (2, 3)) | 2,6,4
nn.PixelShuffle(2) | 2,8,3,4 | !depth_to_space
nn.PixelUnshuffle(2) | 2,3,4,6 | !space_to_depth
nn.ChannelShuffle(2) | 2,4,3,3 | !channel_shuffle
nn.Upsample(scale_factor=2) | 2,3,4,5
nn.Upsample(size=(7, 9), mode="bilinear") | 2,3,4,5
nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True) | 2,3,4,5
nn.Upsample(scale_factor=2, mode="linear") | 2,3,5
nn.UpsamplingNearest2d(scale_factor=2) | 2,3,4,5
nn.UpsamplingBilinear2d(size=8) | 2,3,4,5
nn.ZeroPad2d((1, 2, 3, 4)) | 2,3,4,5
nn.ConstantPad1d(2, 0.5) | 2,3,5
nn.ReflectionPad2d(1) | 2,3,4,5
nn.ReplicationPad2d((1, 0, 2, 0)) | 2,3,4,5
nn.ReplicationPad3d(1) | 2,3,4,4,4
nn.CircularPad2d(1) | 2,3,4,5 | !pad
nn.Unfold(3, padding=1) | 2,3,4,5 | !extract
nn.Fold((4, 5), 3, padding=1) | 2,27,20 | !extract
"""

# what `forward` returns | sizes of x | kind, where the ONNX file has more than one node or another word for it
FUNCTIONS = """
F.relu(x) | 2,6
torch.relu(x) | 2,6
x.relu() | 2,6
F.relu6(x) | 2,6
F.hardtanh(x, -1, 1) | 2,6
F.leaky_relu(x, 0.1) | 2,6
F.elu(x) | 2,6
F.selu(x) | 2,6
F.celu(x, 0.5) | 2,6
F.gelu(x) | 2,6
F.gelu(x, approximate="tanh") | 2,6
F.silu(x) | 2,6
F.mish(x) | 2,6
F.hardswish(x) | 2,6
F.hardsigmoid(x) | 2,6
F.sigmoid(x) | 2,6
torch.sigmoid(x) | 2,6
x.sigmoid() | 2,6
torch.tanh(x) | 2,6
F.softplus(x) | 2,6
F.logsigmoid(x) | 2,6
F.softmax(x, dim=1) | 2,6
F.softmax(x, -1) | 2,5,6
F.softmax(x, dim=1) | 2,5,6
F.softmax(x, dim=0) | 2,6
torch.softmax(x, dim=1) | 2,6
x.softmax(-1) | 2,6
F.log_softmax(x, dim=1) | 2,6
x.log_softmax(dim=1) | 2,6
F.glu(x) | 2,6 | !glu
F.normalize(x) | 2,6 | !unit_norm
F.dropout(x, 0.3) | 2,6 | !dropout
F.dropout(x, 0.3, self.training) | 2,6 | !dropout
F.dropout(x, p=0.2, training=False) | 2,6 | !identity
F.dropout2d(x, 0.3, training=self.training) | 2,3,4,4 | !dropout
F.alpha_dropout(x, 0.3) | 2,6 | !identity
F.max_pool2d(x, 2) | 2,3,8,8
F.max_pool2d(x, kernel_size=3, stride=2, padding=1) | 2,3,8,8
F.max_pool1d(x, 2, 1) | 2,3,8
F.avg_pool2d(x, 2) | 2,3,8,8
F.avg_pool2d(x, x.size()[2:]) | 2,3,8,8
F.avg_pool2d(x, (x.size(2), x.size(3))) | 2,3,8,8
F.adaptive_avg_pool2d(x, 1) | 2,3,8,8
F.adaptive_avg_pool2d(x, (1, 1)) | 2,3,8,8
F.adaptive_avg_pool2d(x, (2, 2)) | 2,3,8,8 | !adaptive_pool
F.adaptive_max_pool2d(x, 1) | 2,3,8,8 | !global_max_pool
F.lp_pool2d(x, 2.0, 2) | 2,3,8,8 | !lp_pool
F.interpolate(x, scale_factor=2) | 2,3,4,5
F.interpolate(x, size=(8, 9), mode="bilinear", align_corners=False) | 2,3,4,5
F.interpolate(x, size=x.shape[-2:], mode="bicubic") | 2,3,4,5 | !resize
F.pad(x, (1, 2)) | 2,3,4,5
F.pad(x, (1, 1, 2, 2), "reflect") | 2,3,4,5
F.pad(x, [0, 0, 0, 0, 1, 2]) | 2,3,4,5
F.pixel_shuffle(x, 2) | 2,8,3,4 | !depth_to_space
F.unfold(x, 2, stride=2) | 2,3,4,6 | !extract
F.layer_norm(x, (6,)) | 2,5,6
F.layer_norm(x, x.shape[1:]) | 2,5,6
F.scaled_dot_product_attention(x, x, x) | 2,4,5,6 | !attention
F.scaled_dot_product_attention(x, x, x, dropout_p=0.1, is_causal=True) | 2,4,5,6 | !attention
F.one_hot(x.argmax(1), 7) | 2,6 | ?
F.cosine_similarity(x, x, dim=1) | 2,6 | !reduce
F.gumbel_softmax(x, dim=-1) | 2,6 | ?
torch.cat([x, x], dim=1) | 2,6
torch.cat((x, x), -1) | 2,5,6
torch.cat([x, x, x], 1) | 2,3,4,5
torch.concat([x, x], dim=2) | 2,5,6
torch.hstack([x, x]) | 2,6 | !concat
torch.stack([x, x], dim=1) | 2,6 | !stack
torch.stack([x, x, x]) | 2,6 | !stack
x + x | 2,6
x + 1 | 2,6
1 - x | 2,6 | !affine
x * 0.5 | 2,6
2 / x | 2,6 | !affine
1 / x | 2,6
x - x | 2,6
x * x | 2,6 | !multiply
x / 3.0 | 2,6
-x | 2,6
x ** 2 | 2,6
x.pow(2) | 2,6
x.square() | 2,6 | !power
torch.add(x, x) | 2,6
torch.add(x, 2.0) | 2,6
torch.mul(x, x) | 2,6 | !multiply
x.sub(1) | 2,6
x.div(2) | 2,6
x.add(x, alpha=0.5) | 2,6 | ?
x.mul_(3) | 2,6
torch.exp(x) | 2,6
x.exp() | 2,6
torch.sqrt(x) | 2,6
x.abs() | 2,6
x.abs().log() | 2,6 | ?
torch.erf(x) | 2,6
torch.sin(x) | 2,6
x.floor() | 2,6
x.reciprocal() | 2,6
x.rsqrt() | 2,6 | !power
torch.maximum(x, x * 2) | 2,6 | ?
torch.max(x, x * 2) | 2,6 | ?
x.clamp(min=0) | 2,6
x.clamp(-1, 1) | 2,6
torch.clamp(x, 0, 6) | 2,6
x.clamp(min=-2, max=3) | 2,6
x > 0 | 2,6
x == x | 2,6 | !compare
x @ x.transpose(-1, -2) | 2,5,6 | ?
torch.matmul(x, x.transpose(1, 2)) | 2,5,6 | ?
torch.bmm(x, x.permute(0, 2, 1)) | 2,5,6 | ?
torch.einsum("bij,bkj->bik", x, x) | 2,5,6 | ?
x.mean(1) | 2,5,6
x.mean(dim=(2, 3)) | 2,3,4,5
x.mean([2, 3], keepdim=True) | 2,3,4,5
torch.mean(x, dim=-1, keepdim=True) | 2,5,6
x.mean(-1).mean(-1) | 2,3,4,5 | ?
x.sum(dim=1) | 2,5,6
x.amax(dim=(2, 3)) | 2,3,4,5
x.prod(1) | 2,5,6
x.std(dim=1) | 2,5,6 | !reduce
x.var(1, keepdim=True) | 2,5,6 | !reduce
x.norm(dim=1) | 2,5,6 | !reduce
x.max(dim=1)[0] | 2,5,6 | !reduce
x.max(dim=1).values | 2,5,6 | !reduce
x.max(1, keepdim=True)[1] | 2,5,6 | ?
torch.max(x, 1)[0] | 2,5,6 | !reduce
x.argmax(1) | 2,5,6
x.argmax(dim=-1, keepdim=True) | 2,5,6
x.topk(3, dim=1)[0] | 2,5,6 | !top_k
x.sort(dim=1)[0] | 2,5,6 | !top_k
x.logsumexp(dim=1) | 2,5,6
x.cumsum(1) | 2,5,6
x.view(x.size(0), -1) | 2,5,6 | !reshape
x.view(x.shape[0], 5, 2, 3) | 2,5,6 | !reshape
x.view(-1, 30) | 2,5,6 | !reshape
x.reshape(x.size(0), 6, 5) | 2,5,6 | !reshape
torch.reshape(x, (-1, 30)) | 2,5,6 | !reshape
x.reshape(*x.shape[:1], -1) | 2,5,6 | !reshape
x.flatten(1) | 2,3,4,5
torch.flatten(x, 1) | 2,3,4,5
torch.flatten(x, start_dim=1) | 2,3,4,5
x.flatten(2) | 2,3,4,5 | !reshape
x.flatten(start_dim=-2) | 2,3,4,5 | !reshape
x.unflatten(1, (5, 1)) | 2,5,6
x.permute(0, 2, 1) | 2,5,6
x.permute((0, 2, 3, 1)) | 2,3,4,5
x.permute(0, -1, 1, 2) | 2,3,4,5 | !transpose
torch.permute(x, (0, 2, 1)) | 2,5,6
x.transpose(1, 2) | 2,5,6
torch.transpose(x, 1, -1) | 2,3,4,5
x.swapaxes(1, 2) | 2,5,6
x.movedim(1, -1) | 2,3,4,5
x.mT | 2,5,6 | !transpose
x.squeeze(1) | 2,1,6
x.squeeze(-1) | 2,6,1
x.squeeze() | 2,6,1 | !squeeze
x.squeeze(1) | 2,5,6 | !squeeze
x.unsqueeze(1) | 2,6
x.unsqueeze(-1) | 2,6
x[:, None] | 2,6
x[..., None] | 2,6
x[:, 0] | 2,5,6 | !slice
x[:, -1, :] | 2,5,6 | !slice
x[:, 1:3] | 2,5,6
x[:, :, ::2] | 2,5,6
x[..., :4] | 2,5,6
x[:, None, 0] | 2,5,6 | ?
x.narrow(1, 0, 2) | 2,5,6
x.select(1, 2) | 2,5,6 | !slice
x.chunk(2, dim=1)[0] | 2,6,5 | !split
x.chunk(4, 1)[-1] | 2,6,5 | !split
x.split(2, dim=1)[2] | 2,5,6 | !split
torch.split(x, [1, 4], dim=1)[1] | 2,5,6 | !split
torch.split(x, split_size_or_sections=[1, 4], dim=1)[1] | 2,5,6 | !split
torch.split(tensor=x, split_size_or_sections=2, dim=1)[1] | 2,5,6 | !split
torch.split_with_sizes(x, split_sizes=(1, 4), dim=1)[1] | 2,5,6 | !split
x.unbind(1)[0] | 2,5,6 | !split
x.expand(2, 5, 6) | 2,1,6 | !expand
x.expand(-1, 5, -1) | 2,1,6 | !expand
x.repeat(1, 2, 3) | 2,5,6 | !tile
x.repeat_interleave(2, dim=1) | 2,5,6 | !tile
x.roll(1, 1) | 2,5,6 | !roll
x.roll(shifts=(1, 2), dims=(1, 2)) | 2,5,6 | !roll
x.flip(1) | 2,5,6 | !gather
x.tril() | 2,5,6 | !mask
x.masked_fill(x > 0, 0.0) | 2,6 | ?
torch.where(x > 0, x, -x) | 2,6 | ?
torch.where(x > 0, x, torch.zeros_like(x)) | 2,6 | ?
x.contiguous().view(x.size(0), -1) | 2,5,6 | !reshape
x.float() | 2,6 | !cast
x.to(torch.float16) | 2,6 | !cast
x.detach() * 2 | 2,6 | !affine
torch.addcmul(x, x, x) | 2,6 | ?
torch.lerp(x, x, 0.5) | 2,6 | !add
x.unfold(1, 2, 1) | 2,5,6 | !extract
torch.rand_like(x) | 2,6 | !random
"""
